"""Seeing it run: traces, metrics and logs by OpenTelemetry, to a collector or the console. No identifier in any of them.

Spans are made by `cara.platform.unit_of_work`, one a unit of work, named by route template; counters say how many referrals took which
turn in which force, and how long acceptance took.
"""

import logging
import time
from typing import Any

from litestar.types import Message, Scope, Send
from opentelemetry import metrics, trace

from cara.settings import Settings

_METER = metrics.get_meter("cara")
_REFERRALS = _METER.create_counter("cara.referrals", description="Referrals by force and what was done")
_TO_ACCEPT = _METER.create_histogram(
    "cara.referral.time_to_accept", unit="h", description="Hours from referral to acceptance"
)
_REQUESTS = _METER.create_histogram(
    "http.server.request.duration", unit="s", description="Duration by route and status"
)
_UNSEALED = _METER.create_gauge(
    "cara.ledger.unsealed_age",
    unit="s",
    description="Age of the oldest entry that no seal covered yet, when sealing looked",
)
_FAILURES = _METER.create_counter("cara.failures", description="Answers that were errors, by type and status")
_JOBS = _METER.create_counter("cara.jobs.failed", description="Timed jobs that failed, by job and type of error")
_FLOOD = _METER.create_counter("cara.flood.refused", description="Answers refused for too many failures, by kind")


class Telemetry:
    """The exporters of one process. With `telemetry` off nothing is made and nothing is sent."""

    def __init__(self, settings: Settings) -> None:
        self._closing: list[Any] = []
        if settings.telemetry != "off":
            self._closing = list(_start(settings))

    def failed(self, kind: str, status: int) -> None:
        """Count an answer that was an error."""
        _FAILURES.add(1, {"error.type": kind, "http.response.status_code": status})

    def close(self) -> None:
        """Send what is left and stop."""
        for one in self._closing:
            one.shutdown()


def referral_moved(force: str, verb: str, hours: float | None = None) -> None:
    """Count a turn of a referral; `hours` is how long the provider took to accept it."""
    _REFERRALS.add(1, {"cara.force": force, "cara.verb": verb})
    if hours is not None:
        _TO_ACCEPT.record(hours, {"cara.force": force})


def refused_for_flood(kind: str) -> None:
    """Count an answer that was refused because there were too many failures."""
    _FLOOD.add(1, {"cara.kind": kind})


def job_failed(job: str, kind: str) -> None:
    """Count a timed job that failed for one force."""
    _JOBS.add(1, {"cara.job": job, "error.type": kind})


def ledger_unsealed(seconds: float) -> None:
    """Say how old the oldest entry of the ledger is that no seal covered."""
    _UNSEALED.set(seconds)


def observe(scope: Scope, send: Send) -> Send:
    """Measure a request by its route template, once its answer begins."""
    began = time.perf_counter()

    async def measured(message: Message) -> None:
        if message["type"] == "http.response.start":
            known: dict[str, str | int] = {
                "http.route": str(scope.get("path_template") or "none"),
                "http.request.method": str(scope.get("method", "")),
                "http.response.status_code": message["status"],
            }
            _REQUESTS.record(time.perf_counter() - began, known)
        await send(message)

    return measured


def _start(settings: Settings) -> tuple[Any, ...]:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    resource = Resource.create({"service.name": "cara"})
    traces = TracerProvider(resource=resource)
    exporters: tuple[Any, Any]
    if settings.telemetry == "otlp":
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        base = settings.otlp_endpoint.rstrip("/")
        exporters = OTLPSpanExporter(endpoint=f"{base}/v1/traces"), OTLPMetricExporter(endpoint=f"{base}/v1/metrics")
    else:
        exporters = ConsoleSpanExporter(), ConsoleMetricExporter()
    traces.add_span_processor(BatchSpanProcessor(exporters[0]))
    measures = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(exporters[1])])
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(measures)
    return traces, measures, *_start_logs(settings, resource)


def _start_logs(settings: Settings, resource: Any) -> tuple[Any, ...]:
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, ConsoleLogRecordExporter

    provider = LoggerProvider(resource=resource)
    if settings.telemetry == "otlp":
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

        exporter: Any = OTLPLogExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/logs")
    else:
        exporter = ConsoleLogRecordExporter()
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logging.getLogger("cara").addHandler(LoggingHandler(level=logging.INFO, logger_provider=provider))
    return (provider,)
