package truth

import (
	"strings"

	"github.com/zcnas/zcnas/internal/named"
	"github.com/zcnas/zcnas/spaces"
)

// Bench is a benchmark: a search space whose architectures were trained, and the tasks they were trained on.
type Bench struct {
	Name  string // "nasbench201", as NAS-Bench-Suite-Zero has it
	Space string // "nats-tss", as package spaces has it
	Title string // of the space, for headings: "NATS-Bench TSS", as the post has it where it does
	Tasks []Task
	Added []Task // of which NAS-Bench-Suite-Zero trained a sample of the architectures besides
}

// Task is something that architectures were trained for.
type Task struct {
	Name   string // "class_scene", as the benchmark has it
	Title  string // for headings: "Scene Classification", as the post has it where it does
	Metric string // what is measured, higher being better: "accuracy", "SSIM"
}

// Every task that there is ground truth of. Segmentation's records lie in 91…95 %, where the mean IoU of this benchmark
// stays below 30; SSIM is structural similarity.
var (
	images = []Task{
		{"cifar10", "CIFAR-10", "accuracy"},
		{"cifar100", "CIFAR-100", "accuracy"},
		{"ImageNet16-120", "ImageNet16-120", "accuracy"},
	}
	diverseTasks = []Task{
		{"scifar100", "Spherical CIFAR-100", "accuracy"},
		{"ninapro", "NinaPro", "accuracy"},
		{"svhn", "SVHN", "accuracy"},
	}
	taskonomy = []Task{
		{"class_object", "Object Classification", "accuracy"},
		{"class_scene", "Scene Classification", "accuracy"},
		{"room_layout", "Room Layout", "negative loss"},
		{"jigsaw", "Jigsaw", "accuracy"},
		{"segmentsemantic", "Semantic Segmentation", "pixel accuracy"},
		{"normal", "Surface Normal", "SSIM"},
		{"autoencoder", "Autoencoder", "SSIM"},
	}
)

// benches is the one table of names.
var benches = []Bench{
	{"nasbench201", "nats-tss", "NATS-Bench TSS", images, diverseTasks},
	{"natsbench-size", "nats-sss", "NATS-Bench SSS", images, nil},
	{"nasbench301", "darts", "DARTS", images[:1], diverseTasks},
	{"transbench101_micro", "transnas-micro", "TransNAS-Bench-101 micro", taskonomy, diverseTasks},
	{"transbench101_macro", "transnas-macro", "TransNAS-Bench-101 macro", taskonomy, nil},
}

func join(lists ...[]Task) (all []Task) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// Benches lists the benchmarks whose space is in package spaces.
func Benches() []Bench { return append([]Bench(nil), benches...) }

// BenchOf is the benchmark of a search space, by the space's name; options behind the name do not count.
func BenchOf(space string) (Bench, bool) {
	space, _, _ = strings.Cut(space, " ")
	for _, b := range benches {
		if b.Space == space {
			return b, true
		}
	}
	return Bench{}, false
}

// TaskOf finds a task by its name or its title, whatever their case, dashes, underscores and blanks.
func TaskOf(name string) (Task, bool) {
	name = named.Fold(name)
	for _, t := range join(images, diverseTasks, taskonomy) {
		if named.Fold(t.Name) == name || named.Fold(t.Title) == name {
			return t, true
		}
	}
	return Task{}, false
}

// Title is the title of a task, or the name itself where it is no task's.
func Title(name string) string {
	if t, ok := TaskOf(name); ok {
		return t.Title
	}
	return name
}

// Label says what the true value of an architecture is on a task, to label an axis: "accuracy", "SSIM"; "ground truth"
// where nothing is known of the task.
func Label(task string) string {
	if t, ok := TaskOf(task); ok {
		return t.Metric
	}
	return "ground truth"
}

// Own lists the names of the tasks that are the benchmark's own.
func (b Bench) Own() []string { return names(b.Tasks) }

// TaskNames lists the names of a space's tasks; nil for a space without a benchmark.
func TaskNames(s spaces.Space) []string {
	b, _ := BenchOf(s.Name())
	return names(join(b.Tasks, b.Added))
}

func names(tasks []Task) (list []string) {
	for _, t := range tasks {
		list = append(list, t.Name)
	}
	return list
}
