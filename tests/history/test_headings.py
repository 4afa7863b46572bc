"""Which comments are headings."""

from __future__ import annotations

import pytest

from schema_tools.history.headings import direction_of


@pytest.mark.parametrize(
    ("comment", "direction"),
    [
        ("-- 🔄 FORWARD MIGRATION (UP)", "UP"),
        ("-- 🔙 ROLLBACK MIGRATION (DOWN)", "DOWN"),
        ("-- 🔙 DOWN MIGRATION (ROLLBACK)", "DOWN"),
        ("--up", "UP"),
        ("-- ===== Down: part =====", "DOWN"),
        ("-- __DOWN__ / reverse", "DOWN"),
        ("-- ℹ️ UP", "UP"),
        ("-- 1️⃣ UP", "UP"),
        ("-- ⬆️ Up section ⬆️", "UP"),
        ("-- ⤵ Revert (Down)", "DOWN"),
        ("-- up up", "UP"),
        ("-- Clean up old sessions", ""),
        ("-- UP and DOWN", ""),
        ("-- UP / DOWN", ""),
        ("-- ROLLBACK MIGRATION", ""),
        ("-- UP 2", ""),
        ("-- Upward", ""),
        ("-- ÜP", ""),
        ("-- =====", ""),
        ("--", ""),
        ("/* UP */", ""),
    ],
)
def test_a_heading_has_one_direction_and_no_other_words(comment, direction):
    assert direction_of(comment) == direction
