package tui

import (
	"image/color"
	"math"
	"reflect"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// TestContrast computes the contrast of WCAG 2 for every colour, with all colours and with 16.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		dark bool
		on   color.Color
	}{{true, black}, {false, white}} {
		p := paletteFor(c.dark)
		for name, ink := range map[string]color.Color{"accent": p.accent, "muted": p.muted, "good": p.good, "warn": p.warn, "bad": p.bad} {
			for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI} {
				shown := profile.Convert(ink)
				if got := contrast(shown, c.on); got < 4.5 {
					t.Errorf("dark %v: %s has a contrast of %.1f with %v (%v)", c.dark, name, got, profile, reflect.ValueOf(shown))
				}
			}
		}
	}
}

func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
