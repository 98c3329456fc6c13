"""Tests of delete and hide.

Source: SQS API reference, DeleteMessage(Batch) and ChangeMessageVisibility(Batch); Developer Guide, "Amazon SQS visibility timeout". What they
leave open (an old receipt) is tested for no more than the port says: it is never an entry to try again.
"""

from __future__ import annotations

from dataclasses import replace

from jobqueue.testing.contract.backend import SOON_SECONDS, Backend, receive_all


class SettlingContract:
    """The tests of leases, releases, retries and deletes."""

    def test_a_delivery_is_hidden_while_its_lease_lasts(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=30)
        queues.put()
        assert len(backend.receive_within(queues.queue, SOON_SECONDS)) == 1
        assert list(queues.queue.receive(10, 0)) == []

    def test_a_delivery_whose_lease_lapsed_comes_back_with_a_higher_receive_count(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=1)
        queues.put("again")
        (first,) = backend.receive_within(queues.queue, SOON_SECONDS)
        (second,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert (first.receive_count, second.receive_count) == (1, 2)
        assert second.body == "again"
        assert second.message_id == first.message_id
        assert second.sent_ms == first.sent_ms
        assert second.receipt != first.receipt

    def test_a_released_delivery_comes_back_with_a_higher_receive_count(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=30)
        queues.put()
        (first,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.change_visibility([(first, 0)])
        (second,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert second.receive_count == 2

    def test_hiding_renews_a_lease(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=1)
        queues.put()
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.change_visibility([(delivery, 30)])
        assert list(backend.receive_within(queues.queue, 2)) == []

    def test_hiding_for_less_brings_a_delivery_back_sooner(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=30)
        queues.put()
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.change_visibility([(delivery, 1)])
        assert list(queues.queue.receive(10, 0)) == []
        (again,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert again.receive_count == 2

    def test_a_hide_lasts_for_one_receive(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=1)
        queues.put()
        (first,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.change_visibility([(first, 0)])
        assert len(backend.receive_within(queues.queue, SOON_SECONDS)) == 1
        # The second receive has the lease it asked for, 1 s: nothing of the hide is left.
        assert len(backend.receive_within(queues.queue, SOON_SECONDS)) == 1

    def test_a_deleted_delivery_never_comes_back(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=1)
        queues.put()
        assert not queues.queue.delete(backend.receive_within(queues.queue, SOON_SECONDS))
        assert list(backend.receive_within(queues.queue, 2)) == []

    def test_ten_deliveries_are_deleted_by_one_call(self, backend: Backend) -> None:
        queues = backend.queues()
        for number in range(10):
            queues.put(str(number))
        received = receive_all(backend, queues.queue, 10)
        assert not queues.queue.delete(received)
        failures = queues.queue.change_visibility([(delivery, 0) for delivery in received])
        assert [(failure.index, failure.gone) for failure in failures] == [(index, True) for index in range(10)]

    def test_deleting_what_is_already_deleted_is_no_failure(self, backend: Backend) -> None:
        queues = backend.queues()
        queues.put()
        received = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.delete(received)
        assert not queues.queue.delete(received)

    def test_hiding_what_is_already_deleted_says_that_it_is_gone(self, backend: Backend) -> None:
        queues = backend.queues()
        for number in range(3):
            queues.put(str(number))
        deliveries = receive_all(backend, queues.queue, 3)
        assert not queues.queue.delete([deliveries[1]])
        failures = queues.queue.change_visibility([(delivery, 0) for delivery in deliveries])
        assert [(failure.index, failure.gone) for failure in failures] == [(1, True)]
        again = receive_all(backend, queues.queue, 2)
        assert {delivery.message_id for delivery in again} == {deliveries[0].message_id, deliveries[2].message_id}

    def test_a_delete_with_one_bad_receipt_names_it_and_deletes_the_others(self, backend: Backend) -> None:
        queues = backend.queues()
        for number in range(3):
            queues.put(str(number))
        deliveries = receive_all(backend, queues.queue, 3)
        mixed = [deliveries[0], replace(deliveries[1], receipt="never-given-out"), deliveries[2]]
        failures = queues.queue.delete(mixed)
        assert [(failure.index, failure.gone) for failure in failures] == [(1, True)]
        assert failures[0].code
        assert [
            failure.index for failure in queues.queue.change_visibility([(delivery, 0) for delivery in deliveries])
        ] == [0, 2]

    def test_deleting_with_an_old_receipt_is_no_failure(self, backend: Backend) -> None:
        queues = backend.queues()
        queues.put()
        (old,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.change_visibility([(old, 0)])
        (new,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.delete([old])
        assert not queues.queue.delete([new])

    def test_hiding_with_an_old_receipt_is_never_to_be_tried_again(self, backend: Backend) -> None:
        queues = backend.queues()
        queues.put()
        (old,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.change_visibility([(old, 0)])
        assert len(backend.receive_within(queues.queue, SOON_SECONDS)) == 1
        assert all(failure.gone for failure in queues.queue.change_visibility([(old, 30)]))

    def test_hiding_a_delivery_whose_lease_lapsed_says_that_it_is_gone(self, backend: Backend) -> None:
        queues = backend.queues(lease_seconds=1)
        queues.put()
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        backend.pass_time(2)
        failures = queues.queue.change_visibility([(delivery, 30)])
        assert [(failure.index, failure.gone) for failure in failures] == [(0, True)]
        assert len(backend.receive_within(queues.queue, SOON_SECONDS)) == 1
