package tui

import (
	"image/color"

	"charm.land/bubbles/v2/textinput"
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"
)

// palette are the colours by meaning. Each stands out from the background by 4.5 to 1 or more, also when the terminal
// has only 16 colours (a test computes it).
type palette struct{ accent, muted, good, warn, bad color.Color }

func paletteFor(dark bool) palette {
	pick := lipgloss.LightDark(dark)
	return palette{
		accent: pick(lipgloss.Color("#00008b"), lipgloss.Color("#00ffff")),
		muted:  pick(lipgloss.Color("#303030"), lipgloss.Color("#b8b8b8")),
		good:   pick(lipgloss.Color("#006400"), lipgloss.Color("#00ff00")),
		warn:   pick(lipgloss.Color("#800000"), lipgloss.Color("#ffff00")),
		bad:    pick(lipgloss.Color("#8b0000"), lipgloss.Color("#ff8080")),
	}
}

// styles are how text looks, by meaning. Words and marks carry the meaning too, so all of it reads without colour.
type styles struct {
	text, strong, accent, muted, good, warn, bad, chosen paint
	marks                                                marks
	words                                                bool // say in words what marks say
	form                                                 *huh.Styles
}

// marks are the signs beside words; terminals that do not speak UTF-8 get those of ASCII.
type marks struct{ done, now, later, failed, skipped, wait, full, empty, rule, dot string }

func newStyles(dark, ascii, words bool) styles {
	p := paletteFor(dark)
	plain := lipgloss.NewStyle()
	s := styles{
		text: newPaint(plain), strong: newPaint(plain.Bold(true)),
		accent: newPaint(plain.Foreground(p.accent).Bold(true)), muted: newPaint(plain.Foreground(p.muted)),
		good: newPaint(plain.Foreground(p.good)), warn: newPaint(plain.Foreground(p.warn).Bold(true)), bad: newPaint(plain.Foreground(p.bad).Bold(true)),
		chosen: newPaint(plain.Reverse(true)), words: words,
		marks: marks{"✓", "▸", "○", "✗", "-", "◌", "█", "░", "│", "·"},
	}
	if ascii {
		s.marks = marks{"+", ">", "o", "x", "-", "~", "#", ".", "|", "-"}
	}
	s.form = formStyles(s)
	return s
}

// field is a line to type into. That of bubbles has a prompt and a cursor which nobody sees on white.
func (s styles) field(prompt string) textinput.Model {
	f := textinput.New()
	look := f.Styles()
	look.Focused.Prompt, look.Blurred.Prompt, look.Blurred.Text = s.accent.style, s.accent.style, s.text.style
	look.Cursor.Color = s.accent.style.GetForeground()
	f.SetStyles(look)
	f.Prompt = prompt
	return f
}

// formStyles are those of a huh form; built once per background, since huh asks for them several times a frame.
func formStyles(s styles) *huh.Styles {
	t := huh.ThemeBase(true)
	t.Focused.Base = lipgloss.NewStyle()
	t.Focused.SelectSelector = s.accent.style.SetString("> ")
	t.Focused.Option = s.text.style
	t.Focused.SelectedOption = s.accent.style
	t.Focused.TextInput.Prompt = s.accent.style
	t.Focused.TextInput.Placeholder = s.muted.style
	t.Focused.TextInput.Cursor = s.accent.style
	t.Focused.TextInput.Text = s.text.style
	t.Blurred = t.Focused
	return t
}
