package order

import (
	"cmp"
	"slices"
	"testing"
)

func TestBy(t *testing.T) {
	type row struct{ key, from int }
	for n := range 40 {
		var list []row
		for i := range n {
			list = append(list, row{(i * 7) % 5, i})
		}
		want := slices.Clone(list)
		byKey := func(a, b row) int { return cmp.Compare(a.key, b.key) }
		slices.SortStableFunc(want, byKey)
		if By(list, byKey); !slices.Equal(list, want) {
			t.Errorf("%v, want %v", list, want)
		}
	}
}
