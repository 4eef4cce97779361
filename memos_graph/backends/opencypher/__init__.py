"""What stores that speak openCypher share: the model as rows, the plan of a Delta, reads and walks by query files.

Knows no database: whoever calls brings a `Runner`.
"""
