package answers

import "strings"

// slips are what the YAML library (goccy/go-yaml v1) says of the mistakes people make, by a part of its message, and what to do about
// each. Its own words are for those who know YAML.
var slips = []struct{ says, means string }{
	{"mapping value is not allowed", `this line is not one field with one value. A value with ": " in it needs quotes, like company: "Acme: Robotics"; a field of its own begins at the left`},
	{"unexpected key name", "a blank is missing after a colon, like company: Acme"},
	{"end character of double-quoted", `a " is not closed; put one at the end of the value`},
	{"end character of single-quoted", "a ' is not closed; put one at the end of the value"},
	{"sequence end token", "a [ is not closed; put a ] at the end of the list"},
	{"could not find flow map", "a { is not closed; put a } at its end"},
	{"flow map end", "a { is not closed; put a } at its end"},
	{"tab character", "a tab stands where only blanks may; put blanks in its place"},
	{`found character '	'`, "a tab stands where only blanks may; put blanks in its place"},
	{"reserved character", `a value that begins with such a sign needs quotes, like company: "@acme"`},
	{"could not find alias", `a value that begins with * needs quotes, like company: "*acme"`},
	{"anchor", `a value that begins with & needs quotes, like company: "&acme"`},
	{"unknown escape character", `a \ in double quotes has a meaning of its own; use single quotes, like 'a\b'`},
}

// plainly is a message of the YAML library in plain words; as it is when it is not a known one.
func plainly(message string) string {
	for _, s := range slips {
		if strings.Contains(message, s.says) {
			return s.means
		}
	}
	return message
}
