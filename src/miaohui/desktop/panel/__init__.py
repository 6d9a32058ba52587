"""The promise panel: how long have I got, how long have I waited, was the promise kept."""
