"""The ledger of deliveries in SQL, put together from its three sides."""

from adapters.storage.deliveries_planning import DeliveryPlanning
from adapters.storage.deliveries_recording import DeliveryRecording
from adapters.storage.deliveries_sending import DeliverySending
from adapters.storage.deliveries_telling import DeliveryTelling


class SqlDeliveries(DeliveryPlanning, DeliverySending, DeliveryRecording, DeliveryTelling):
    """`Deliveries` on one connection."""
