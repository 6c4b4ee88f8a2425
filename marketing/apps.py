from django.apps import AppConfig


class MarketingConfig(AppConfig):
    name = "marketing"

    def ready(self) -> None:
        """Tell the operating model, to the left, for which categories and regions it may set limits."""
        from marketing.catalogue.queries import places
        from sop_site.operating_model.places import tell_places

        tell_places(places)
