package study

// PublishedSearch is what a search of NAS-Bench-Suite-Zero found: the best accuracy after 20, 50, 100 and 200
// evaluations.
type PublishedSearch struct {
	Bench, Task string
	Features    string // what the surrogate saw: "encoding", "proxies" or "both"
	Best        [4]float64
}

// PublishedSearches are the runs of BANANAS that NAS-Bench-Suite-Zero committed (automl/NASLib, branch zerocost, commit
// 8c45f19d): means of ten seeds, best validation accuracy in percent.
func PublishedSearches() []PublishedSearch {
	return []PublishedSearch{
		{"nasbench201", "cifar10", "encoding", [4]float64{90.10, 91.04, 91.34, 91.35}},
		{"nasbench201", "cifar10", "proxies", [4]float64{90.04, 91.07, 91.23, 91.33}},
		{"nasbench201", "cifar10", "both", [4]float64{90.31, 91.00, 91.21, 91.26}},
		{"nasbench201", "cifar100", "encoding", [4]float64{70.90, 71.69, 72.28, 72.54}},
		{"nasbench201", "cifar100", "proxies", [4]float64{71.34, 71.67, 72.25, 72.46}},
		{"nasbench201", "cifar100", "both", [4]float64{71.22, 71.76, 72.35, 72.67}},
		{"nasbench201", "ImageNet16-120", "encoding", [4]float64{44.87, 46.05, 46.26, 46.47}},
		{"nasbench201", "ImageNet16-120", "proxies", [4]float64{44.87, 46.38, 46.45, 46.49}},
		{"nasbench201", "ImageNet16-120", "both", [4]float64{45.10, 46.42, 46.47, 46.51}},
		{"nasbench301", "cifar10", "encoding", [4]float64{93.99, 94.14, 94.24, 94.36}},
		{"nasbench301", "cifar10", "proxies", [4]float64{94.05, 94.25, 94.38, 94.46}},
		{"nasbench301", "cifar10", "both", [4]float64{94.01, 94.27, 94.33, 94.40}},
	}
}
