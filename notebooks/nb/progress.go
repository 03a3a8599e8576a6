package nb

import (
	"fmt"
	"html"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/zcnas/zcnas/zc"
)

// Progress shows how far [zc.Score] is, as a bar with architectures per second and the time left; what is left in
// the notebook at the end says how long it took. It shows nothing outside a notebook.
func Progress(what string) zc.Option {
	id := gonbui.UniqueId()
	var shown time.Time
	return zc.WithProgress(func(p zc.Progress) {
		if !gonbui.IsNotebook || p.Done < p.Total && time.Since(shown) < 250*time.Millisecond {
			return
		}
		shown = time.Now()
		text := progressText(what, p)
		bar := ""
		if p.Done < p.Total {
			bar = fmt.Sprintf(`<progress value="%d" max="%d" style="width:16em"></progress> `, p.Done, p.Total)
		}
		gonbui.SendData(&protocol.DisplayData{DisplayID: id, Data: map[protocol.MIMEType]any{
			protocol.MIMETextHTML: bar + html.EscapeString(text), protocol.MIMETextPlain: text}})
		if p.Done == p.Total {
			gonbui.Sync()
		}
	})
}

func progressText(what string, p zc.Progress) string {
	rate := fmt.Sprintf("%.1f per second", p.Rate)
	if p.Rate < 1 {
		rate = fmt.Sprintf("%.1f s each", 1/p.Rate)
	}
	if p.Done == p.Total {
		return fmt.Sprintf("%s: %d architectures in %s (%s)", what, p.Total, whole(p.Elapsed), rate)
	}
	return fmt.Sprintf("%s: %d of %d architectures, %s, %s left", what, p.Done, p.Total, rate, whole(p.Left))
}

func whole(d time.Duration) time.Duration { return max(d.Round(time.Second), time.Second) }
