"""An app of models with geometries, geographies and rasters."""
