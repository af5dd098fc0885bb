package tui

// scroller is a text that may be longer than its room. All such texts take the same keys.
type scroller struct {
	at         int    // first line shown
	most, page int    // the last line it can begin with, and how many lines a page is, in the last frame
	by         string // the key that is named at its end; "down" when empty
}

// key takes a key that scrolls, and reports whether it was one.
func (r *scroller) key(k string) bool {
	switch k {
	case "down", "j":
		r.at++
	case "up", "k":
		r.at--
	case "pgdown", "space":
		r.at += r.page
	case "pgup":
		r.at -= r.page
	case "home", "g":
		r.at = 0
	case "end", "G":
		r.at = r.most
	default:
		return false
	}
	r.at = min(max(0, r.at), r.most)
	return true
}

// hint is that of the keys, while there is something to scroll.
func (r *scroller) hint() []hint {
	if r.most == 0 {
		return nil
	}
	return []hint{{"up/down", "scroll"}}
}

// part is the part of lines that fits, with a word that there is more.
func (r *scroller) part(s styles, lines []string, height int) []string {
	height = max(1, height)
	r.most, r.page = max(0, len(lines)-height), max(1, height-2)
	r.at = min(max(0, r.at), r.most)
	lines = lines[r.at:]
	if len(lines) <= height {
		return lines
	}
	by := r.by
	if by == "" {
		by = "down"
	}
	return append(lines[:height-1:height-1], s.muted.Render("(more: "+by+")"))
}

// over is the part that fits over lines that are always seen.
func (r *scroller) over(bottom []string, s styles, text []string, height int, roomy bool) []string {
	if roomy && len(bottom) > 0 {
		bottom = append([]string{""}, bottom...)
	}
	part := r.part(s, text, height-len(bottom))
	return append(part[:len(part):len(part)], bottom...)
}

// moved is where a key moves the chosen one of n rows; false for a key that moves nothing.
func moved(key string, chosen, n int) (int, bool) {
	switch key {
	case "up", "k":
		return max(0, chosen-1), true
	case "down", "j":
		return min(n-1, chosen+1), true
	case "home", "g":
		return 0, true
	case "end", "G":
		return n - 1, true
	}
	return chosen, false
}
