"""What officers do: checks, cases and tasks, objections, repair, annulment, lists, publication, statistics.

The law of all of it (procedures, deadlines, terms) is in the policy packs; what a step may follow on is in ``machines.yaml``.
Facts go to the ledger, everything else to the desk, as a history that only grows.
"""
