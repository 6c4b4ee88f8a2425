from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "sop_site"
    verbose_name = "Foundation"
