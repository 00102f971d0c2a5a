"""What `nox -s results` records: whole training runs. The text takes its numbers from them."""
