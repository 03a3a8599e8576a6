// Package netdraw draws networks and the cells of search spaces, as figures of package plotting:
//
//	fig, err := netdraw.Cells(spaces.TSS(), arch)
//	plotting.MustShow(netdraw.Network(graph, plotting.WithWidth(plotting.TwoColumn)))
package netdraw
