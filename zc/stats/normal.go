package stats

import "gonum.org/v1/gonum/stat/distuv"

func normalCDF(z float64) float64      { return distuv.UnitNormal.CDF(z) }
func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }
