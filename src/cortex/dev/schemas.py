"""JSON Schemas: of the YAML files that people write, so that an editor completes and checks them, and of manifests."""

from __future__ import annotations

import json
from typing import Any

from cortex.formats.claims import ClaimsFile
from cortex.formats.mutants import BrokenLinesFile, MutantsFile
from cortex.formats.phase import Phase
from cortex.formats.quiz import Quiz

SCHEMAS: dict[str, tuple[type, str]] = {
    "phase.schema.json": (Phase, "A phase of Lynx Cortex: docs/phase-NN-slug/phase.yaml"),
    "claims.schema.json": (
        ClaimsFile,
        "The causal claims of a phase of Lynx Cortex: docs/phase-NN-slug/claims.yaml",
    ),
    "mutants.schema.json": (
        MutantsFile,
        "The mutants of a phase of Lynx Cortex: docs/phase-NN-slug/mutants.yaml",
    ),
    "no-magic-mutants.schema.json": (
        BrokenLinesFile,
        "The broken lines of the no-magic scripts: experiments/no-magic/mutants.yaml",
    ),
    "quiz.schema.json": (Quiz, "A quiz of Lynx Cortex: docs/phase-NN-slug/quiz.yaml"),
}


def schemas() -> dict[str, str]:
    """Each schema's file name and text (draft 2020-12)."""
    from pydantic import TypeAdapter

    from cortex.runs import manifests as provenance

    result = {"manifest.schema.json": provenance.schema_text()}
    for name, (kind, title) in SCHEMAS.items():
        schema: dict[str, Any] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **TypeAdapter(kind).json_schema(),
            "title": title,
        }
        result[name] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return result
