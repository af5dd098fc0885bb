package setup

import (
	"testing"
	"unicode/utf8"

	"awswizard/internal/answers"
)

// TestEveryQuestionHasAShortName for the table of the settings, which has room for mostLabel letters, and says why it is asked.
func TestEveryQuestionHasAShortName(t *testing.T) {
	const mostLabel = 21
	for _, s := range Steps() {
		for _, q := range s.Questions(nil, answers.Answers{}.WithDefaults()) {
			if n := utf8.RuneCountInString(q.Label); n == 0 || n > mostLabel {
				t.Errorf("%s: the label %q has %d letters", q.Key, q.Label, n)
			}
			if q.Title == "" || q.Why == "" {
				t.Errorf("%s: no title or no reason", q.Key)
			}
		}
	}
}
