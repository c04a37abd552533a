"""Jobs that judge models: their test songs, reports, comparisons under the same folds, and the search."""

from typing import Any

from earmark.executors import ProcessExecutor
from earmark.library.library import Library
from earmark.models.bundle import load_card
from earmark.models.shelf import bundle_paths, bundles_of_split, named_bundle
from earmark.web.bundles.kept import report_path
from earmark.web.bundles.requests import CompareIn, EvaluateIn, EvaluateSearchIn
from earmark.web.jobs.kinds import JobReporter
from earmark.web.jobs.telling import count_teller, features_teller, words_teller


def run_evaluate(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Go through the test songs of bundles; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: An `EvaluateIn`.
        report: Told of songs heard.
    """
    from earmark.web.bundles.judging import judge_bundle

    wanted, opened = EvaluateIn(**request), Library.open(library)
    # All: those that test songs can judge; what was asked for by name was checked when it came in.
    names = wanted.bundles or [path.name for path in bundle_paths(opened) if "added" not in load_card(path).training]
    for name in names:
        going = count_teller(report, f"Going through the songs of {name}")
        judge_bundle(opened, name, executor=ProcessExecutor(), progress=going)
    return {"bundles": names}


def run_report(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Write the report of a bundle and all of its split; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: ``{"bundle": its name}``.
        report: Told of songs heard.
    """
    from earmark.models.bundle import bundle_split, load_bundle
    from earmark.models.inspection import inspect_bundle
    from earmark.report.run_page import ReportSettings, run_page

    opened, settings = Library.open(library), ReportSettings()
    own = named_bundle(opened, str(request["bundle"]))
    inspections = []
    for path in bundles_of_split(opened, own):
        bundle = load_bundle(path)
        listening = count_teller(report, f"Listening with {path.name}")
        slices = settings.train_slices(len(bundle_split(bundle).part_of()))
        inspections.append(
            inspect_bundle(opened, bundle, train_slices=slices, executor=ProcessExecutor(), progress=listening)
        )
    report.progress("Drawing maps and pictures", 0, 0)
    target = report_path(opened, own.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    run_page(opened, inspections, settings).write(target)
    return {"bundle": own.name}


def run_compare(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Compare models under the same folds, and write the page; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: A `CompareIn`.
        report: Told of folds.
    """
    from earmark.comparing.compare import ComparisonReports, compare, comparison_path
    from earmark.report.comparison_page import comparison_page

    wanted, opened = CompareIn(**request), Library.open(library)
    path = comparison_path(opened, wanted.name)

    reports = ComparisonReports(features_teller(report), words_teller(report, "Folds"))
    made = compare(opened, wanted.request(), executor=ProcessExecutor(), reports=reports)
    made.save(path)
    comparison_page(made).write(path.with_suffix(".html"))
    return {"comparison": wanted.name, "conclusions": list(made.conclusions), "not_run": dict(made.not_run)}


def run_evaluate_search(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Judge the search; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: An `EvaluateSearchIn`.
        report: Told of questions asked.
    """
    from earmark.similarity.judging.evaluate import evaluate_search
    from earmark.similarity.vectors.opening import open_collection
    from earmark.similarity.vectors.sources import find_source

    wanted, opened = EvaluateSearchIn(**request), Library.open(library)
    bundle = named_bundle(opened, wanted.bundle) if wanted.bundle else None
    collection = open_collection(opened, find_source(opened, bundle=bundle))

    judgement = evaluate_search(collection, wanted.test(), progress=words_teller(report, "Asking"))
    told = judgement.to_json()
    # The record of a job is sent to every page that is open: the tables without each pair's test.
    lines = [{"task": one.task, "measure": one.measure, "means": dict(one.means)} for one in judgement.lines]
    return {**told, "lines": lines}
