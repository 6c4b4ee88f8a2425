"""Sorting and paging of list pages from their address."""

from django.core.paginator import Paginator
from django.http import HttpRequest
from django_tables2 import RequestConfig, Table


def sorted_and_paged(
    request: HttpRequest, table: Table, *, rows_a_page: int, row_count: int | None = None
) -> Table:
    """``table`` in the order and on the page that the address asks for.

    What is no page shows the first one, what lies past the end the last. How many rows a page has is not
    the address's to say. A long list whose ``row_count`` is known is not counted again.
    """
    RequestConfig(request, paginate=False).configure(table)
    table.paginator = Paginator(table.rows, rows_a_page)
    if row_count is not None:
        table.paginator.count = row_count
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
    return table
