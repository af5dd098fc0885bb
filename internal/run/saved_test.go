package run

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"awswizard/internal/plan"
)

// kept is a plan file with one of everything.
func kept(t testing.TB) []byte {
	t.Helper()
	s := &Saved{V: SavedVersion, Account: "111111111111", Plan: "sha256:00",
		Calls: []SavedCall{
			{ID: "a", Service: "organizations", Operation: "CreateOrganization", Account: "111111111111", Region: "us-east-1", Input: json.RawMessage(`{"FeatureSet":"ALL"}`)},
			{ID: "b", Service: "s3", Operation: "PutBucketPolicy", Account: "(known after account.security.id)", Region: "eu-west-1",
				Input: json.RawMessage(`{"Bucket":"b","N":12345678901234567890,"Policy":"{\"a\":\"\u003c\"}"}`)},
		},
		Laters:   []SavedLater{{ID: "l", Operations: []string{"ec2:DeleteVpc"}, Places: []plan.Place{{Account: "management", Region: "eu-west-1"}}, MostCalls: 3}},
		HandOffs: []string{"h"},
	}
	var err error
	if s.Hash, err = s.sum(); err != nil {
		t.Fatal(err)
	}
	b, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzReadSaved: a plan file is read back as it was kept, or refused. A changed byte never makes another plan of it.
func FuzzReadSaved(f *testing.F) {
	good := kept(f)
	for at := range good {
		f.Add(at, good[at]^1, good)
	}
	f.Add(3, byte('x'), []byte(`{"v":1,"calls":[{"input":null}],"hash":""}`))
	f.Add(0, byte(' '), []byte(`{"v":1}`))
	want, err := ReadSaved(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at int, with byte, file []byte) {
		s, err := ReadSaved(file)
		if err == nil {
			again, err := s.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if back, err := ReadSaved(again); err != nil || !reflect.DeepEqual(back, s) {
				t.Fatalf("kept and read back: %+v, %v, was %+v", back, err, s)
			}
		}
		changed := bytes.Clone(good)
		changed[uint(at)%uint(len(changed))] = with
		if s, err := ReadSaved(changed); err == nil && !reflect.DeepEqual(s, want) {
			t.Fatalf("byte %d as %q makes another plan: %+v", at, with, s)
		}
	})
}
