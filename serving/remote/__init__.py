"""A store that several machines share: objects by their hash on object storage, and one head that tells which count."""
