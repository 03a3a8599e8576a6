package zc_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/train"
)

// smallTraining is one of seconds.
func smallTraining(t *testing.T) (spaces.Space, []spaces.Arch, zc.Training) {
	t.Helper()
	space := spaces.TSS(spaces.WithChannels(4), spaces.WithCellsPerStage(1))
	archs, err := space.Sample(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	return space, archs, zc.Training{
		Protocol: train.Protocol{Name: "small", Epochs: 3, Batch: 16, Rate: 0.05, Schedule: train.Cosine, Momentum: 0.9, Nesterov: true,
			Decay: 5e-4, Crop: 1, Flip: 0.5},
		Data: "teacher", DataOptions: []datasets.Option{datasets.WithSamples(40, 20)},
		Proxies: []string{"snip", "synflow"}, ScoreEvery: 2, ScoreBatch: 8, Seed: 5}
}

// sameNumbers compares results, times left out.
var sameNumbers = []cmp.Option{cmpopts.IgnoreFields(train.Record{}, "Seconds"), cmpopts.EquateNaNs()}

// Results are the same to the bit whatever the workers and threads, and after an interrupt at any step.
func TestTrain(t *testing.T) {
	space, archs, s := smallTraining(t)
	want, err := zc.Train(context.Background(), space, archs, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range want {
		last, ok := r.At(-1)
		if !ok || len(r.History) != 4 || last.Test.Samples != 20 || len(last.Losses) != 3 {
			t.Fatalf("%s: %d records, the last %+v", r.Arch, len(r.History), last)
		}
		if first := r.History[0]; len(first.Scores) != 2 || len(first.EvalScores) != 2 || r.History[1].Scores != nil {
			t.Errorf("%s: scores after epochs 0 and 1: %v, %v", r.Arch, first.Scores, r.History[1].Scores)
		}
	}
	t.Run("one worker, two threads", func(t *testing.T) {
		s := s
		s.Workers, s.Threads = 1, 2
		got, err := zc.Train(context.Background(), space, archs, s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameNumbers...); diff != "" {
			t.Errorf("mismatch (-want +got):\n%s", diff)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		s := s
		s.Checkpoints = filepath.Join(t.TempDir(), "checkpoints")
		st, err := store.Open(filepath.Join(t.TempDir(), "s.sqlite"))
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		s.Store, s.Workers = st, 1
		stops := 0
		for steps := 1; ; steps += 5 {
			ctx, cancel := context.WithCancel(context.Background())
			left := steps % 7
			s.Progress = func(p zc.TrainingProgress) {
				if left--; left == 0 {
					cancel()
				}
			}
			got, err := zc.Train(ctx, space, archs, s)
			cancel()
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if stops++; stops > 500 {
					t.Fatal("it never ends")
				}
				continue
			}
			if diff := cmp.Diff(want, got, sameNumbers...); diff != "" {
				t.Errorf("mismatch (-want +got):\n%s", diff)
			}
			break
		}
		kept, err := st.Trainings()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, kept, sameNumbers...); diff != "" {
			t.Errorf("the store (-want +got):\n%s", diff)
		}
		if rest, _ := filepath.Glob(filepath.Join(s.Checkpoints, "*")); len(rest) > 0 {
			t.Errorf("files are left: %v", rest)
		}
		start := time.Now()
		if _, err := zc.Train(context.Background(), space, archs, s); err != nil || time.Since(start) > time.Second {
			t.Errorf("a finished training is trained again: %v, %v", time.Since(start), err)
		}
	})
}

// A training that diverges says so and leaves the others alone.
func TestTrainDiverges(t *testing.T) {
	space, archs, s := smallTraining(t)
	s.Protocol.Rate, s.Protocol.Clip = 1e30, 0
	results, err := zc.Train(context.Background(), space, archs, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !strings.Contains(r.Reason, "diverged") || len(r.History) < 1 {
			t.Errorf("%s: reason %q, %d records", r.Arch, r.Reason, len(r.History))
		}
	}
}

func TestTrainErrors(t *testing.T) {
	space, archs, s := smallTraining(t)
	for _, tt := range []struct {
		name   string
		change func(*zc.Training)
		want   string
	}{
		{"batch", func(s *zc.Training) { s.Protocol.Batch = 64 }, "fewer than a batch of 64"},
		{"protocol", func(s *zc.Training) { s.Protocol.Epochs = 0 }, "0 epochs"},
		{"drop path", func(s *zc.Training) { s.Protocol.DropPath = 0.2 }, "drop path"},
		{"data", func(s *zc.Training) { s.Data = "no-such" }, "no-such"},
		{"proxy", func(s *zc.Training) { s.Proxies = []string{"no-such"} }, "no-such"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := s
			tt.change(&s)
			if _, err := zc.Train(context.Background(), space, archs, s); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	t.Run("another checkpoint", func(t *testing.T) {
		s := s
		s.Checkpoints = t.TempDir()
		if _, err := zc.Train(context.Background(), space, archs[:1], s); err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(s.Checkpoints, "*"))
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2]++
		if err := os.WriteFile(files[0], text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := zc.Train(context.Background(), space, archs[:1], s); err == nil || !strings.Contains(err.Error(), "checksum") {
			t.Errorf("a changed checkpoint: %v", err)
		}
	})
}
