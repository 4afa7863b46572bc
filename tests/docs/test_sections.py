"""The developer guide has a part for each part of the guide of the system that ours follows."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS, tokens

# Theirs, and where ours has it. Lines to type in these are typed by test_guide.py.
COUNTERPARTS = {
    "Initial Setup": "Set up once",
    "Daily Development Workflow": "Every day",
    "Status Commands": "See how it stands",
    "Migration Commands": "Apply, create, roll back",
    "Step 1: Identify the Need": "Step 1: is one needed?",
    "Step 2: Create Migration File": "Step 2: create the file",
    "Step 3: Edit Migration File": "Step 3: write the SQL",
    "Step 4: Update GORM Models": "Step 4: write the model",
    "Step 5: Validate and Test": "Step 5: validate and test",
    "Pre-commit Validation": "Before each commit",
    "Manual Validation": "By hand",
    "Migration-First Development": "Migration-first",
    "Test Environment": "Test database",
    "VS Code Integration": "Visual Studio Code",
    "Schema Validation Fails": "Validation fails",
    "Migration Apply Fails": "A migration fails",
    "Pre-commit Hook Blocks Commit": "The hook blocks a commit",
    "Docker Database Won't Start": "The database in the container does not start",
    "Migration File Naming": "Names",
    "Migration Content": "Content of a migration",
    "GORM Model Alignment": "Models",
    "Testing Strategy": "Tests",
    "Feature Branch Development": "A feature branch",
    "Production Deployment": "Deploying to production",
    "Schema Monitoring, Maintenance Tasks": "Monitoring and maintenance",
    "Schema Drift in Production": "Drift in production",
    "Migration Rollback": "Taking a migration back",
    "Additional Resources": "More",
}
SEVEN_TASKS = (
    "Migration: Validate Schema",
    "Migration: Show Status",
    "Migration: Create New",
    "Migration: Apply Pending",
    "Test: Schema Integration",
    "Docker: Start Migration-First Environment",
    "Schema: Full Validation Workflow",
)


def sections() -> dict[str, str]:
    """Return what stands below each heading of the guide."""
    guide = DOCS / "developer-guide.md"
    lines = guide.read_text(encoding="utf-8").splitlines()
    starts = [
        token.map[0] for token in tokens(guide) if token.type == "heading_open" and token.map
    ]
    ends = [*starts[1:], len(lines)]
    return {
        lines[start].lstrip("# "): "\n".join(lines[start + 1 : end]).strip()
        for start, end in zip(starts, ends, strict=True)
    }


@pytest.mark.parametrize(("theirs", "ours"), COUNTERPARTS.items())
def test_each_part_has_its_counterpart(theirs: str, ours: str) -> None:
    assert len(sections()[ours]) > 60, theirs


def test_all_tasks_of_the_editor_are_named() -> None:
    text = sections()["Visual Studio Code"]
    assert [task for task in SEVEN_TASKS if f"**{task}**" not in text] == []
