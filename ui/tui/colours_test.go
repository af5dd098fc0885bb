package tui

import (
	"bytes"
	"fmt"
	"image/color"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// papers are backgrounds people have, dark and light: those of plain terminals and of the themes met most.
var papers = map[bool][]color.RGBA{
	true:  {black, {0x1e, 0x1e, 0x1e, 255}, {0x28, 0x2c, 0x34, 255}, {0x00, 0x2b, 0x36, 255}, {0x30, 0x0a, 0x24, 255}},
	false: {white, {0xfd, 0xf6, 0xe3, 255}, {0xee, 0xee, 0xee, 255}},
}

// with is content as a terminal of these colours gets it.
func with(t *testing.T, profile colorprofile.Profile, content string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := (&colorprofile.Writer{Forward: &b, Profile: profile}).WriteString(content); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEveryLetterStandsOut looks at each letter of each screen: its colour has a contrast of 4.5 to 1 or more with what is
// behind it, on every background and with all colours or few.
func TestEveryLetterStandsOut(t *testing.T) {
	profiles := []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI}
	for dark, backgrounds := range papers {
		for name, show := range views {
			t.Run(fmt.Sprintf("%s, dark %v", name, dark), func(t *testing.T) {
				var content string
				drive(t, 120, 40, func(d *driver) {
					d.send(tea.BackgroundColorMsg{Color: backgrounds[0]})
					show(d)
					content = d.m.View().Content
				})
				for _, profile := range profiles {
					pairs := coloursOf(with(t, profile, content))
					if profile == colorprofile.TrueColor && len(pairs) < 3 {
						t.Errorf("only %d pairs of colours on the screen", len(pairs))
					}
					on := backgrounds
					if profile == colorprofile.ANSI {
						on = backgrounds[:1] // a theme brings its own 16 colours
					}
					for pair, letter := range pairs {
						for _, paper := range on {
							if got := pair.contrast(paper, dark); got < 4.5 {
								t.Errorf("%v: %q has a contrast of %.1f on %v", profile, letter, got, paper)
							}
						}
					}
				}
			})
		}
	}
}

// pair is the colours of a letter and of what is behind it; nil is the terminal's own.
type pair struct{ letter, behind color.Color }

func (p pair) contrast(paper color.Color, dark bool) float64 {
	own := color.Color(black)
	if dark {
		own = white
	}
	letter, behind := p.letter, p.behind
	if letter == nil {
		letter = own
	}
	if behind == nil {
		behind = paper
	}
	return contrast(letter, behind)
}

// coloursOf are the pairs of a screen, each with a word that has it.
func coloursOf(content string) map[pair]string {
	e := vt.NewEmulator(120, 40)
	defer e.Close()
	e.WriteString(strings.ReplaceAll(content, "\n", "\r\n"))
	out := map[pair]string{}
	for y := range e.Height() {
		for _, s := range stretches(e, y) {
			p := pair{s.style.Fg, s.style.Bg} // turned round they have the same contrast
			if strings.TrimSpace(s.text) != "" {
				out[p] = s.text
			}
		}
	}
	return out
}

var (
	anyColour   = regexp.MustCompile(`\x1b\[(?:[0-9;:]*[;:])?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:][0-9;:]*)?m`)
	manyColours = regexp.MustCompile(`\x1b\[[0-9;:]*[34]8[;:]`)
)

// TestFewColoursKeepTheWords: with 16 colours no others are asked for, without colours none is, and the words stay the
// same. Without colours, words stand where marks and colours were.
func TestFewColoursKeepTheWords(t *testing.T) {
	for name, show := range views {
		t.Run(name, func(t *testing.T) {
			drive(t, 120, 40, func(d *driver) {
				show(d)
				content := d.m.View().Content
				if !manyColours.MatchString(content) {
					t.Fatal("there are no colours on the screen at all")
				}
				few, none := with(t, colorprofile.ANSI, content), with(t, colorprofile.ASCII, content)
				if m := manyColours.FindString(few); m != "" {
					t.Errorf("with 16 colours it asks for another: %q", m)
				}
				if m := anyColour.FindString(none); m != "" {
					t.Errorf("without colours it asks for one: %q", m)
				}
				if want := ansi.Strip(content); ansi.Strip(few) != want || ansi.Strip(none) != want {
					t.Error("the words are others with fewer colours")
				}
			})
		})
	}
	drive(t, 120, 40, func(d *driver) {
		d.m.o.NoColor = true
		d.m.restyle()
		working(d)
		d.shows("Organization and accounts", "(now)")
	})
}
