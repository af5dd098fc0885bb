package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Attributes for access control (ABAC): what the directory knows of a person, such as the department, comes along as a tag
// of their session, and a policy can ask for it (aws:PrincipalTag/department). It is for companies of several teams.
const (
	attributesID       = "identity/attributes"
	attributesChangeID = "identity/attributes-change"
	// attributesBefore is the key of the earlier attributes in plan.Call.Before.
	attributesBefore = "attributes"
)

// sources are where the directory holds each attribute, as IAM Identity Center writes it.
var sources = map[string]string{
	"department": "${path:enterprise.department}", "costCenter": "${path:enterprise.costCenter}", "division": "${path:enterprise.division}",
	"organization": "${path:enterprise.organization}", "title": "${path:title}", "userName": "${path:userName}", "email": "${path:emails[primary eq true].value}",
}

// attributes reads which attributes come along; nil when none do.
func (r reader) attributes(ctx context.Context, s *State) error {
	out, err := r.admin.DescribeInstanceAccessControlAttributeConfiguration(ctx, &ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput{InstanceArn: &r.instance.ARN})
	if steps.Code(err) == "ResourceNotFoundException" {
		return nil
	}
	if err != nil {
		return err
	}
	s.Attributes = map[string]string{}
	if c := out.InstanceAccessControlAttributeConfiguration; c != nil {
		for _, a := range c.AccessControlAttributes {
			if a.Value != nil {
				s.Attributes[aws.ToString(a.Key)] = strings.Join(a.Value.Source, " ")
			}
		}
	}
	return nil
}

// attributes plans that the wanted ones come along; others that do stay.
func (b *builder) attributes() {
	want := b.a.AccessAttributes
	b.attributesStay()
	if len(want) == 0 || b.blocked(partAttributes, "Which attributes of people come along when they sign in is not known.") {
		return
	}
	have, all := b.state.Attributes, maps.Clone(b.state.Attributes)
	if all == nil {
		all = map[string]string{}
	}
	for _, name := range want {
		all[name] = sources[name]
	}
	if maps.Equal(have, all) {
		return
	}
	c := plan.Call{
		ID: attributesID, Effect: plan.Creates, Title: "Let " + strings.Join(want, ", ") + " of a person come along when they sign in",
		Why:  "A policy can then compare it with a tag, for example: only machines of your own department. Alone it lets nobody do more.",
		Undo: "Switch the attributes off again.", Wait: busy, SettleEvery: 3 * time.Second, SettleLimit: 2 * time.Minute, Settle: attributesOn,
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).CreateInstanceAccessControlAttributeConfiguration,
			func(f plan.Facts) *ssoadmin.CreateInstanceAccessControlAttributeConfigurationInput {
				return &ssoadmin.CreateInstanceAccessControlAttributeConfigurationInput{InstanceArn: aws.String(f.Get("identity.instance")), InstanceAccessControlAttributeConfiguration: configuration(all)}
			}),
	}
	if have != nil {
		c = updateAttributes(attributesChangeID, all)
		c.Title, c.Before = "Let "+strings.Join(want, ", ")+" of a person come along, too, when they sign in", map[string]string{attributesBefore: encoded(have)}
		c.Why = "Some attributes do already, and stay. A policy can then compare it with a tag."
		c.Undo = "Set the attributes back: " + spelled(have) + "."
	}
	b.call(c)
}

// attributesStay says that attributes which the answers ask for no more still come along: a policy may ask for them.
func (b *builder) attributesStay() {
	var stay []string
	for _, name := range b.state.OurAttributes {
		if b.state.Attributes[name] != "" && !slices.Contains(b.a.AccessAttributes, name) {
			stay = append(stay, name)
		}
	}
	if len(stay) == 0 {
		return
	}
	b.add(plan.Item{Blocked: &plan.Blocked{ID: attributesID + "-stay", Step: name, Kept: true,
		What: "These attributes of a person still come along when they sign in: " + strings.Join(stay, ", ") + ".",
		Why:  "Your answers ask for them no more. A policy may compare them, so they stay. They cost nothing.",
		Next: "To end it: https://console.aws.amazon.com/singlesignon/home, Settings, Attributes for access control."}})
}

// switchedOn are the attributes that the wizard switched on.
func switchedOn(made steps.Made) (keys []string) {
	for _, id := range []string{attributesID, attributesChangeID} {
		m, ours := made[id]
		if !ours {
			continue
		}
		var before map[string]string
		if text := m.Before[attributesBefore]; text != "" && json.Unmarshal([]byte(text), &before) != nil {
			continue // who switched on what is not known any more
		}
		for key := range sentAttributes(m) {
			if before[key] == "" && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

func updateAttributes(id string, all map[string]string) plan.Call {
	return plan.Call{
		ID: id, Effect: plan.Changes, Wait: busy, SettleEvery: 3 * time.Second, SettleLimit: 2 * time.Minute, Settle: attributesOn,
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).UpdateInstanceAccessControlAttributeConfiguration,
			func(f plan.Facts) *ssoadmin.UpdateInstanceAccessControlAttributeConfigurationInput {
				return &ssoadmin.UpdateInstanceAccessControlAttributeConfigurationInput{InstanceArn: aws.String(f.Get("identity.instance")), InstanceAccessControlAttributeConfiguration: configuration(all)}
			}),
	}
}

func configuration(all map[string]string) *ssotypes.InstanceAccessControlAttributeConfiguration {
	c := &ssotypes.InstanceAccessControlAttributeConfiguration{AccessControlAttributes: []ssotypes.AccessControlAttribute{}}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		c.AccessControlAttributes = append(c.AccessControlAttributes, ssotypes.AccessControlAttribute{Key: aws.String(key), Value: &ssotypes.AccessControlAttributeValue{Source: []string{all[key]}}})
	}
	return c
}

// attributesOn looks whether AWS has finished switching them on.
func attributesOn(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
	out, err := ssoadmin.NewFromConfig(cfg).DescribeInstanceAccessControlAttributeConfiguration(ctx, &ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput{
		InstanceArn: aws.String(f.Get("identity.instance"))})
	if err != nil {
		return false, nil, err
	}
	if out.Status == ssotypes.InstanceAccessControlAttributeConfigurationStatusCreationFailed {
		return false, nil, &plan.Unsettled{Operation: "CreateInstanceAccessControlAttributeConfiguration", Reason: aws.ToString(out.StatusReason)}
	}
	return out.Status == ssotypes.InstanceAccessControlAttributeConfigurationStatusEnabled || out.Status == "", nil, nil
}

func encoded(all map[string]string) string {
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // texts always encode
	}
	return string(text)
}

func spelled(all map[string]string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(all)), ", ")
}

// attributes takes back what the wizard switched on, and sets back what was there before.
func (u *undoer) attributes() {
	created, ours := u.ours.Done(attributesID, "CreateInstanceAccessControlAttributeConfiguration")
	changed, updated := u.ours.Done(attributesChangeID, "UpdateInstanceAccessControlAttributeConfiguration")
	if !ours && !updated || u.blocked(partAttributes, "Which attributes of people come along when they sign in stays for now.") || u.state.Attributes == nil {
		return
	}
	last := created
	if updated {
		last = changed
	}
	var since []string
	if was := sentAttributes(last); !maps.Equal(was, u.state.Attributes) {
		since = []string{"now these come along: " + spelled(u.state.Attributes)}
	}
	if !ours {
		var before map[string]string
		if json.Unmarshal([]byte(changed.Before[attributesBefore]), &before) != nil || maps.Equal(before, u.state.Attributes) {
			return
		}
		c := updateAttributes(undoID(attributesChangeID), before)
		c.Title, c.TakesBack = "Set back which attributes of a person come along", []string{attributesChangeID}
		c.Why, c.Undo = "They were there before the wizard, which added to them on "+changed.Day()+".", "Start the wizard again: it adds to them again."
		u.call(steps.UnlessChanged(c, since))
		return
	}
	u.call(steps.UnlessChanged(plan.Call{
		ID: undoID(attributesID), Effect: plan.Deletes, TakesBack: []string{attributesID, attributesChangeID}, Wait: busy,
		Title: "Let no attributes of a person come along when they sign in", Why: "The wizard switched it on, on " + created.Day() + ".",
		Undo: "Start the wizard again: it switches them on again.", Done: []string{"ResourceNotFoundException"},
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).DeleteInstanceAccessControlAttributeConfiguration,
			func(f plan.Facts) *ssoadmin.DeleteInstanceAccessControlAttributeConfigurationInput {
				return &ssoadmin.DeleteInstanceAccessControlAttributeConfigurationInput{InstanceArn: aws.String(f.Get("identity.instance"))}
			}),
	}, since))
}

// sentAttributes are those of a request that was made.
func sentAttributes(m steps.MadeCall) map[string]string {
	in := steps.Input[struct {
		InstanceAccessControlAttributeConfiguration struct {
			AccessControlAttributes []struct {
				Key   string
				Value struct{ Source []string }
			}
		}
	}](m)
	all := map[string]string{}
	for _, a := range in.InstanceAccessControlAttributeConfiguration.AccessControlAttributes {
		all[a.Key] = strings.Join(a.Value.Source, " ")
	}
	return all
}

func attributesQuestion(a answers.Answers) steps.Question {
	return steps.Question{
		Key: "access_attributes", Label: "Attributes", Title: "Which attributes of people may your policies ask for?", Aside: true,
		Why:     "For companies of several teams (ABAC): a policy can say, only machines of your own department. Free. Choose from " + strings.Join(answers.Attributes(), ", ") + "; write none for none.",
		Example: "department, costCenter", Default: noneOr(a.AccessAttributes),
		Validate: func(v string) error {
			for _, name := range attributeNames(v) {
				if !slices.Contains(answers.Attributes(), name) {
					return fmt.Errorf("%q is no attribute of a person; choose from %s", name, strings.Join(answers.Attributes(), ", "))
				}
			}
			return nil
		},
		Apply: func(a *answers.Answers, v string) { a.AccessAttributes = attributeNames(v) },
	}
}

func noneOr(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func attributeNames(v string) []string {
	var names []string
	for _, one := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(",; \t\n", r) }) {
		if one != "none" && !slices.Contains(names, one) {
			names = append(names, one)
		}
	}
	return names
}
