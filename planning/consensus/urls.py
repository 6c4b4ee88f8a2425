"""Addresses of the monthly consensus."""

from django.urls import path

from planning.consensus import (
    accuracy_views,
    cycle_views,
    grid_views,
    reconcile_views,
    signing_views,
    support_views,
    workbook_views,
)

app_name = "consensus"
urlpatterns = [
    path("consensus/", cycle_views.current, name="current"),
    path("consensus/accuracy/", accuracy_views.accuracy, name="accuracy"),
    path("consensus/drift/", support_views.drift, name="drift"),
    path(
        "consensus/campaigns/<int:pk>/support/",
        support_views.campaign_support,
        name="campaign_support",
    ),
    path("consensus/owed/", cycle_views.owed, name="owed"),
    path("consensus/<int:pk>/", cycle_views.cycle, name="cycle"),
    path("consensus/<int:pk>/hand-in/<str:function>/", cycle_views.hand_in, name="hand_in"),
    path("consensus/<int:pk>/begin/", cycle_views.begin_reconciling, name="begin_reconciling"),
    path("consensus/<int:pk>/ask/", cycle_views.ask_for_signatures, name="ask_for_signatures"),
    path("consensus/<int:pk>/reconcile/", reconcile_views.reconcile, name="reconcile"),
    path("consensus/<int:pk>/reconcile/settle/", reconcile_views.settle, name="settle"),
    path("consensus/<int:pk>/reconcile/remark/", reconcile_views.remark, name="remark"),
    path("consensus/points/<int:pk>/close/", reconcile_views.close_point, name="close_point"),
    path("consensus/<int:pk>/sign/", signing_views.sign, name="sign"),
    path("consensus/<int:pk>/send-back/", signing_views.send_back, name="send_back"),
    path("consensus/<int:pk>/reopen/", signing_views.reopen, name="reopen"),
    path("consensus/versions/<int:pk>/compare/", signing_views.compare, name="compare"),
    path("consensus/versions/<int:pk>/grid/", grid_views.grid, name="grid"),
    path("consensus/versions/<int:pk>/grid/layers/", grid_views.grid_layers, name="grid_layers"),
    path("consensus/versions/<int:pk>/grid/typed/", grid_views.grid_typed, name="grid_typed"),
    path("consensus/versions/<int:pk>/workbook/<str:layer>/", workbook_views.workbook, name="workbook"),
    path(
        "consensus/versions/<int:pk>/workbook/<str:layer>/download/",
        workbook_views.workbook_download,
        name="workbook_download",
    ),
    path(
        "consensus/versions/<int:pk>/workbook/<str:layer>/enter/",
        workbook_views.workbook_enter,
        name="workbook_enter",
    ),
]
