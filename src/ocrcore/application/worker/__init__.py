"""The worker's use cases: receive, claim, recognise, commit, acknowledge."""
