"""`log import otel` of OTLP JSON that the real OpenTelemetry SDK wrote (issue 11, "Real inputs")."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor
from opentelemetry.trace import Span, Tracer

from tests.support.importing import Importer

STARTED = 1_764_669_600_123_456_789
"""2025-12-02T10:00:00.123Z in nanoseconds."""


@contextmanager
def tracing(processor: SpanProcessor) -> Iterator[Tracer]:
    """A tracer whose spans are in the exporter's file when the block ends."""
    provider = TracerProvider(resource=Resource.create({"service.name": "fleet"}))
    provider.add_span_processor(processor)
    yield provider.get_tracer("tests")
    provider.shutdown()


def chat(tracer: Tracer, given: int, made: int, **more: Any) -> Span:
    """A call of a model, within whatever span is current."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.response.model": "claude-sonnet-4-5-20250929",
        "gen_ai.usage.input_tokens": given,
        "gen_ai.usage.output_tokens": made,
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.request.temperature": 0.5,
        **more,
    }
    span = tracer.start_span("chat", attributes=attributes, start_time=STARTED)
    span.end()
    return span


def agent(name: str, **more: Any) -> dict[str, Any]:
    return {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name, **more}


@pytest.mark.parametrize("processor", [SimpleSpanProcessor, BatchSpanProcessor])
def test_spans_of_the_sdk_add_up_to_what_the_models_used(
    importing: Importer, processor: type[SpanProcessor]
) -> None:
    path = importing.folder / "traces.jsonl"
    cached = {"gen_ai.usage.cache_read.input_tokens": 40}
    talk = {"gen_ai.conversation.id": "talk-1"}
    with tracing(processor(FileSpanExporter(path))) as tracer:  # type: ignore[call-arg]
        # What an agent's span says of all its calls is in them, the calls of the agent it asks too.
        sums = {"gen_ai.usage.input_tokens": 600, "gen_ai.usage.output_tokens": 33}
        with tracer.start_as_current_span("run", attributes=agent("Planner", **talk, **sums)):
            chat(tracer, 100, 10, **cached)
            with (
                tracer.start_as_current_span("execute_tool"),
                tracer.start_as_current_span("ask", attributes=agent("testing-agent")),
            ):
                chat(tracer, 200, 11)
            chat(tracer, 300, 12)
        chat(tracer, 7, 1, **{"gen_ai.agent.name": "API"})
    said = importing("otel", path)
    independent = {("PLANNER", 70), ("TESTING", 211), ("PLANNER", 312), ("API", 8)}
    assert {(row["agent"], row["tokens"]) for row in said.tokens} == independent
    assert len(said.tokens) == 4
    assert {row["model"] for row in said.tokens} == {"claude-sonnet-4-5-20250929"}
    assert {row["ts"] for row in said.tokens} == {"2025-12-02T10:00:00.123Z"}
    in_talk = {row["sd"] for row in said.tokens if row["agent"] != "API"}
    assert in_talk == {"talk-1"}
    assert said.out.startswith("4 new events, 601 tokens\n")
    again = importing("otel", path)
    assert again.out.startswith("0 new events, 0 tokens\n4 events logged before\n")


def test_a_span_without_conversation_is_of_its_trace(importing: Importer) -> None:
    path = importing.folder / "traces.jsonl"
    with tracing(SimpleSpanProcessor(FileSpanExporter(path))) as tracer:
        span = chat(tracer, 5, 1)
    said = importing("otel", path)
    assert [(row["sd"], row["agent"]) for row in said.tokens] == [
        (f"{span.get_span_context().trace_id:032x}", "MAIN")
    ]


def test_log_records_of_the_sdk_count_where_no_span_says_the_same(importing: Importer) -> None:
    spans, logs = importing.folder / "traces.jsonl", importing.folder / "logs.jsonl"
    provider = LoggerProvider(resource=Resource.create({"service.name": "fleet"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(FileLogExporter(logs)))
    usage = {
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 3,
    }

    def tell(**more: Any) -> None:
        record = LogRecord(
            timestamp=STARTED,
            event_name="gen_ai.client.inference.operation.details",
            attributes={**usage, **more},
        )
        provider.get_logger("tests").emit(record)

    with (
        tracing(SimpleSpanProcessor(FileSpanExporter(spans))) as tracer,
        tracer.start_as_current_span("run", attributes=agent("API")),
    ):
        with tracer.start_as_current_span("chat", attributes=usage, start_time=STARTED):
            tell()  # its span says the same
        with tracer.start_as_current_span("chat"):
            tell(**{"gen_ai.usage.input_tokens": 30})
    provider.shutdown()
    alone = importing("otel", logs)
    assert sorted(row["tokens"] for row in alone.tokens) == [23, 33]
    both = importing("otel", spans, logs)
    assert both.out.startswith("0 new events, 0 tokens\n")
    assert len(both.tokens) == 2
    assert "2 events logged before with other figures" in both.out  # the spans name the agent


def test_log_records_take_the_agent_of_the_spans_around_them(importing: Importer) -> None:
    spans, logs = importing.folder / "traces.jsonl", importing.folder / "logs.jsonl"
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(FileLogExporter(logs)))
    with tracing(SimpleSpanProcessor(FileSpanExporter(spans))) as tracer:
        around = agent("API", **{"gen_ai.conversation.id": "talk-2"})
        with (
            tracer.start_as_current_span("run", attributes=around),
            tracer.start_as_current_span("chat"),
        ):
            used = {"gen_ai.usage.prompt_tokens": 4, "gen_ai.usage.completion_tokens": 2}
            provider.get_logger("tests").emit(LogRecord(timestamp=STARTED, attributes=used))
    provider.shutdown()
    said = importing("otel", spans, logs)
    assert [(r["sd"], r["agent"], r["tokens"]) for r in said.tokens] == [("talk-2", "API", 6)]
    assert "model" not in said.tokens[0]


def test_a_document_over_many_lines_is_read_as_one(importing: Importer) -> None:
    path = importing.folder / "traces.jsonl"
    with tracing(SimpleSpanProcessor(FileSpanExporter(path))) as tracer:
        chat(tracer, 5, 1)
    pretty = importing.folder / "pretty.json"
    pretty.write_text(json.dumps(json.loads(Path(path).read_text()), indent=2))
    assert [row["tokens"] for row in importing("otel", pretty).tokens] == [6]
    assert importing("otel", path).out.startswith("0 new events")
