package train

import "github.com/zcnas/zcnas/zc/train/history"

// What a training found: see package history.
type (
	Evaluation = history.Evaluation
	Record     = history.Record
	Score      = history.Score
	History    = history.History
	Result     = history.Result
)
