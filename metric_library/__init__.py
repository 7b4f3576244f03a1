"""The metric library: definitions read from files, checked, reduced to their normal form, versioned and
traced.
"""
