"""What never changes again, kept by the database itself."""

import pgtrigger


def locked_since(*, name: str, through: str, of: str, since: str, says: str) -> pgtrigger.Trigger:
    """Refuse to add, change or delete rows whose row ``of`` a table, found ``through`` a column, has a time
    in the column ``since``.

    The error is a check violation that ``says`` why.
    """
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("touched", "bigint")],
        func=f"""
            touched := CASE WHEN TG_OP = 'INSERT' THEN NEW.{through} ELSE OLD.{through} END;
            IF EXISTS (
                SELECT 1 FROM {of} WHERE id = touched AND {since} IS NOT NULL
            ) THEN
                RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        """,  # noqa: S608 the names are those of tables and columns in the code
    )
