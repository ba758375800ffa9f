"""`make faults`: the attacks that the tests make, by what they are after, with how many were withstood.

    python tests/faults.py [part of an attack's name …]

Each attack is the tests named beside it, on small files and folders of their own. Ends with 1 where one succeeds, or
where a name here fits no test any more.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ATTACKS = {
    "files that are not what they seem, damaged files, bombs": ("test_cells_hostile",),
    "files mutated in their cells": ("test_answers_mutation",),
    "pipes, devices and links among the submissions": (
        "test_cells_hostile::test_what_is_no_file",
        "test_reading::test_what_is_no_file_is_rejected_with_the_reason",
        "test_found::test_links_are_followed_but_not_round_in_circles",
        "test_faults::test_what_is_no_file",
        "test_faults::test_a_pipe_in_the_place",
    ),
    "files that take a reader down": (
        "test_reading::test_a_lost_worker",
        "test_reading::test_workers_end_with_the_run",
    ),
    "contact data in other places": ("test_people",),
    "text that a spreadsheet would run": ("test_outputs::test_csv_opens_in_a_spreadsheet",),
    "text that a browser would load or run": ("test_outside",),
    "cells without end, without measure, with children": ("test_faults::test_a_cell_over_its_limits",),
    "processes stopped, killed or adopted": (
        "test_faults::test_a_warm_process",
        "test_faults::test_what_a_kernel_leaves",
        "test_faults::test_a_kernel_whose_starter",
        "test_kernels::test_kernels_end_when_the_run_is_killed",
        "test_kernels::test_without_the_warm_process",
    ),
    "pipes and locks of others in shared folders": (
        "test_faults::test_a_pipe_where_a_lock",
        "test_faults::test_a_pipe_in_the_folder",
        "test_kernels::test_what_a_killed_run_left",
        "test_reports::test_a_run_that_never_ends",
        "test_faults::test_two_users",
    ),
    "a scheduler that says nothing": ("test_faults::test_a_scheduler",),
    "names and signs made to mislead": ("test_faults::test_names_that_windows",),
    "full disks, kills between two files, damaged manifests": (
        "test_faults::test_a_full_disk",
        "test_outputs::test_several_files",
        "test_outputs::test_a_killed_run",
        "test_outputs::test_what_a_killed_run",
        "test_reports::test_a_disk_that",
        "test_reports::test_resume",
        "test_reports::test_a_damaged_manifest",
        "test_reports::test_a_report_that_cannot_be_exchanged",
    ),
    "forged reports": (
        "test_review::test_a_changed_number",
        "test_review::test_a_consistent_forgery",
        "test_review::test_pictures",
        "test_kernels::test_nothing_is_imported",
        "test_review::test_a_page_left_out",
        "test_review::test_a_page_that_does_not_show",
        "test_review::test_an_entry_page_changed",
        "test_review::test_what_was_changed",
        "test_review::test_what_a_manifest_says",
        "test_review::test_what_the_report_alone",
        "test_review::test_a_parameter_of_a_manifest",
        "test_review::test_what_is_no_file",
        "test_review::test_a_pdf",
        "test_review::test_an_edited_cache",
        "test_review::test_what_a_submission_said",
        "test_review::test_the_scheme_of_the_environment",
    ),
}


class Account:
    """What pytest reports, counted by attack."""

    def __init__(self, wanted: dict[str, tuple[str, ...]]):
        self.wanted = wanted
        self.withstood, self.succeeded = Counter(), Counter()

    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if self._attacks(item.nodeid)]

    def pytest_runtest_logreport(self, report):
        for attack in self._attacks(report.nodeid):
            if report.failed:
                self.succeeded[attack] += 1
            elif report.when == "call" and report.passed:
                self.withstood[attack] += 1

    def _attacks(self, test: str) -> list[str]:
        name = test.split("/")[-1].replace(".py::", "::")
        return [attack for attack, starts in self.wanted.items() if name.startswith(starts)]


def main(parts: list[str]) -> int:
    wanted = {attack: tests for attack, tests in ATTACKS.items() if not parts or any(part in attack for part in parts)}
    account = Account(wanted)
    files = sorted({str(TESTS / f"{test.split('::')[0]}.py") for tests in wanted.values() for test in tests})
    os.chdir(TESTS.parent)
    pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *files], plugins=[account])
    lost = 0
    print()
    for attack in wanted:
        withstood, succeeded = account.withstood[attack], account.succeeded[attack]
        lost += succeeded > 0 or not withstood
        told = f"{succeeded} SUCCEEDED" if succeeded else "all withstood" if withstood else "NOT TRIED"
        print(f"{attack}: {withstood + succeeded} tried, {told}")
    return 1 if lost or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
