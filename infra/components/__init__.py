"""One capability a module: a typed Args and a ComponentResource; `infra.local` mirrors them on a laptop."""
