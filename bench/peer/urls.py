"""Addresses of the peer."""

from django.urls import path

from peer import cases, course, referring

urlpatterns = [
    path("cases", cases.list_cases),
    path("drafts/<str:reference>/refer", referring.refer),
    path("deadlines", course.deadlines),
    path("cohorts/<str:reference>/<str:part>/register", course.show_register),
]
