package plotting

import "github.com/zcnas/zcnas/plotting/internal/canvas"

// Theme is the colours and the text size of a figure: Background (behind everything; opaque), Foreground (text and
// axes), Muted (notes, hatching, edges of little weight), Grid (grid lines), and FontSize, the size of labels in points;
// titles are a point larger, notes a point smaller. Start from [Light] or [Dark].
type Theme = canvas.Theme

// Light is the default theme: black on white, eight-point labels, as papers want it.
func Light() Theme { return canvas.Light() }

// Dark is a theme for slides and dark notebooks. The proxies keep their hues; those that would drown in the
// background (black, dark blue) are lightened.
func Dark() Theme { return canvas.Dark() }
