"""The verdicts as JUnit XML, as continuous integration reads them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from dolbom.simulation.scenario.telling import timeline
from dolbom.simulation.scenario.verdict import Outcome, State, Verdict


def junit(verdicts: Sequence[Verdict]) -> bytes:
    """One test case for each verdict; the timeline is its output."""
    suite = ET.Element(
        "testsuite",
        name="dolbom.scenarios",
        tests=str(len(verdicts)),
        failures=str(sum(one.outcome is Outcome.FAILED for one in verdicts)),
        errors=str(sum(one.outcome is Outcome.BROKEN for one in verdicts)),
        skipped=str(sum(one.outcome is Outcome.NOT_RUN for one in verdicts)),
        time=f"{sum(one.record.wall_s for one in verdicts):.3f}",
    )
    for one in verdicts:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"scenarios.{one.backend or 'none'}",
            name=f"{one.name}[seed {one.seed}]",
            file=one.file,
            time=f"{one.record.wall_s:.3f}",
        )
        failed = [finding for finding in one.findings if finding.state is not State.HELD]
        if one.outcome is Outcome.FAILED:
            first = failed[0]
            told = ET.SubElement(case, "failure", message=_clean(f"{first.what}: {first.why}"))
            told.text = _clean("\n".join(f"{finding.what}: {finding.why}" for finding in failed))
        elif one.outcome is Outcome.BROKEN:
            ET.SubElement(case, "error", message=_clean(one.why))
        elif one.outcome is Outcome.NOT_RUN:
            ET.SubElement(case, "skipped", message=_clean(one.why))
        ET.SubElement(case, "system-out").text = _clean("\n".join(timeline(one)))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    written: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter >= " ")
