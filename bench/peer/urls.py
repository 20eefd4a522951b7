"""Addresses of the peer."""

from django.urls import path

from peer import cases, referring

urlpatterns = [
    path("cases", cases.list_cases),
    path("drafts/<str:reference>/refer", referring.refer),
]
