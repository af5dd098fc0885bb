package tui

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// The measures of a picture, in pixels, and its colours where a cell names none.
const (
	cellWidth, cellHeight = 8.4, 19
	fontSize              = 14
	margin, titleBar      = 16, 34
	paper, pencil         = "#0c0c0c", "#e8e8e8"
)

// svg draws what a terminal shows as a window. Its text can be selected and copied, and the same screen gives the same
// bytes. Every stretch of one style has its own place and width, so that columns hold with any font.
func svg(e *vt.Emulator, title string) []byte {
	width, height := 2*margin+float64(e.Width())*cellWidth, titleBar+2*margin+e.Height()*cellHeight
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" width="%.0f" height="%d" role="img" aria-labelledby="title">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n", escaped(title))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="9" fill="%s"/>`+"\n", paper)
	fmt.Fprintf(&b, `<path d="M0 %d V9 A9 9 0 0 1 9 0 H%.0f A9 9 0 0 1 %.0f 9 V%d Z" fill="#2b2b2b"/>`+"\n", titleBar, width-9, width, titleBar)
	for n := range 3 {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="6" fill="#6a6a6a"/>`+"\n", 20+n*20, titleBar/2)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="middle" font-family="sans-serif" font-size="13" fill="#d0d0d0">wizard</text>`+"\n", width/2, titleBar/2+5)
	fmt.Fprintf(&b, `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="%d" fill="%s" xml:space="preserve" style="white-space:pre">`+"\n", fontSize, pencil)
	for y := range e.Height() {
		top := titleBar + margin + y*cellHeight
		if line := stretches(e, y); len(line) > 0 {
			for _, s := range line {
				if back := s.background(); back != "" {
					fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", s.x(), top, s.width(), cellHeight, back)
				}
			}
			fmt.Fprintf(&b, `<text y="%d">`, top+fontSize)
			for _, s := range line {
				fmt.Fprintf(&b, `<tspan x="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs"%s>%s</tspan>`, s.x(), s.width(), s.look(), escaped(s.text))
			}
			b.WriteString("</text>\n")
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// stretch is a part of a line in one style.
type stretch struct {
	from, cells int
	text        string
	style       uv.Style
}

// stretches are those of line y, without blanks nobody sees.
func stretches(e *vt.Emulator, y int) []stretch {
	var out []stretch
	for x := 0; x < e.Width(); x++ {
		c := e.CellAt(x, y)
		if c == nil || c.Width == 0 {
			continue // the second column of a wide letter
		}
		if n := len(out) - 1; n >= 0 && out[n].style.Equal(&c.Style) {
			out[n].text += c.Content
			out[n].cells += c.Width
		} else {
			out = append(out, stretch{x, c.Width, c.Content, c.Style})
		}
	}
	seen := out[:0]
	for _, s := range out {
		if s.background() == "" {
			kept := strings.TrimRight(s.text, " ")
			s.cells -= len(s.text) - len(kept)
			led := strings.TrimLeft(kept, " ")
			s.from, s.cells, s.text = s.from+len(kept)-len(led), s.cells-(len(kept)-len(led)), led
		}
		if s.text != "" {
			seen = append(seen, s)
		}
	}
	return seen
}

func (s stretch) x() float64     { return margin + float64(s.from)*cellWidth }
func (s stretch) width() float64 { return float64(s.cells) * cellWidth }

// background is the colour behind the text; "" for that of the window.
func (s stretch) background() string {
	if s.style.Attrs&uv.AttrReverse != 0 {
		return hex(s.style.Fg, pencil)
	}
	return hex(s.style.Bg, "")
}

// look are the attributes of the text.
func (s stretch) look() string {
	out := ""
	fill := hex(s.style.Fg, "")
	if s.style.Attrs&uv.AttrReverse != 0 {
		fill = hex(s.style.Bg, paper)
	}
	if fill != "" {
		out += fmt.Sprintf(` fill="%s"`, fill)
	}
	if s.style.Attrs&uv.AttrBold != 0 {
		out += ` font-weight="bold"`
	}
	if s.style.Attrs&uv.AttrItalic != 0 {
		out += ` font-style="italic"`
	}
	if s.style.Attrs&uv.AttrFaint != 0 {
		out += ` opacity="0.7"`
	}
	if s.style.Underline != 0 {
		out += ` text-decoration="underline"`
	}
	return out
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

func escaped(text string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(text))
	return b.String()
}
