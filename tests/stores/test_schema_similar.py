from __future__ import annotations

from lanewise.stores.schema import metadata
from lanewise.stores.schema_similar import similar_audits, similar_ends, similar_questions, similar_thresholds
from lanewise.stores.similar_rows import AuditRow, QuestionRow, ThresholdRow


def test_its_tables_are_among_those_of_the_store_and_hold_what_their_rows_say() -> None:
    for table in (similar_audits, similar_ends, similar_questions, similar_thresholds):
        assert metadata.tables[table.name] is table
    assert similar_questions.columns.keys() == list(QuestionRow.__struct_fields__)
    assert similar_thresholds.columns.keys() == list(ThresholdRow.__struct_fields__)
    assert similar_audits.columns.keys() == list(AuditRow.__struct_fields__)
