"""Virality: how many new sharers each sharer brings, why, how quickly, and what would become of it.

`days` adds the campaign's days up in the background, by generation and by placement; `figures` reads them; `doubt` says
what they bear; `projection` looks ahead.
"""
