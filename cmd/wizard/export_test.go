package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// wantsAll are the answers of a founder who wants all there is.
const wantsAll = founderAnswers + `  per_account: {production: 120}
  anomalies: immediate
contacts: {phone: "+353 1 555 0100"}
trail: {sensitive_buckets: [acme-customers]}
guardduty: used-regions
alerts: {slack: true, heartbeat_hours: 6}
vpc: {accounts: [production], nat: one}
`

// webhook is the secret of the alerts.
const webhook = "https://hooks.slack.com/services/TEXPORT00/BEXPORT00/exportedwebhook55c0"

// exported applies everything on the sandbox and exports it.
func exported(t *testing.T, scenario string) (dir string, said string) {
	t.Helper()
	return exportedWith(t, scenario, founderAnswers)
}

func exportedWith(t *testing.T, scenario, answers string) (dir string, said string) {
	t.Helper()
	tr := newTrial(t, scenario)
	tr.write(tr.answers, answers)
	args := []string{"apply", "--yes", "--sandbox=" + tr.sandbox, "--answers", tr.answers}
	if scenario != "" {
		args = append(args, "--scenario", scenario)
	}
	if r := wizardIn(func(name string) string { return map[string]string{"WIZARD_SLACK_WEBHOOK": webhook}[name] }, args...); r.code == exitUsage {
		t.Fatal(r.err)
	}
	dir = filepath.Join(tr.dir, "terraform")
	before := tr.read(tr.sandbox)
	r := tr.must(exitDone, "export", "terraform", "--out", dir)
	if len(r.writes) > 0 || tr.read(tr.sandbox) != before {
		t.Errorf("the export changed something: %v", r.writes)
	}
	return dir, r.out
}

// argument is what the provider's schema says of one argument or block.
type argument struct {
	Required bool                `json:"required"`
	Block    map[string]argument `json:"block"`
}

// schema are the provider's resources, by type (hashicorp/aws 6.41.0).
func schema(t *testing.T) map[string]map[string]argument {
	t.Helper()
	b, err := os.ReadFile("../../internal/export/testdata/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Resources map[string]map[string]argument `json:"resources"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s.Resources
}

// importIDs are the forms of the import ids.
var importIDs = map[string]string{
	"aws_organizations_organization":                     `o-[a-z0-9]{10,32}`,
	"aws_organizations_organizational_unit":              `ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}`,
	"aws_organizations_account":                          `\d{12}`,
	"aws_organizations_policy":                           `p-[a-z0-9]{8,128}`,
	"aws_organizations_policy_attachment":                `(r-[a-z0-9]+|ou-[a-z0-9-]+|\d{12}):p-[a-z0-9]+`,
	"aws_organizations_delegated_administrator":          `\d{12}/[a-z0-9.-]+\.amazonaws\.com`,
	"aws_identitystore_group":                            `d-[a-z0-9]{10}/[0-9a-f-]+`,
	"aws_identitystore_user":                             `d-[a-z0-9]{10}/[0-9a-f-]+`,
	"aws_identitystore_group_membership":                 `d-[a-z0-9]{10}/[0-9a-f-]+`,
	"aws_ssoadmin_permission_set":                        permissionSetARN + `,` + instanceARN,
	"aws_ssoadmin_managed_policy_attachment":             `arn:aws:iam::aws:policy/[\w/-]+,` + permissionSetARN + `,` + instanceARN,
	"aws_ssoadmin_permission_set_inline_policy":          permissionSetARN + `,` + instanceARN,
	"aws_ssoadmin_account_assignment":                    `[0-9a-f-]+,(GROUP|USER),\d{12},AWS_ACCOUNT,` + permissionSetARN + `,` + instanceARN,
	"aws_ssoadmin_instance_access_control_attributes":    instanceARN,
	"aws_budgets_budget":                                 `\d{12}:[\w-]+`,
	"aws_ce_anomaly_monitor":                             `arn:aws:ce::\d{12}:anomalymonitor/[0-9a-f-]+`,
	"aws_ce_anomaly_subscription":                        `arn:aws:ce::\d{12}:anomalysubscription/[0-9a-f-]+`,
	"aws_accessanalyzer_analyzer":                        `[A-Za-z][\w.-]*`,
	"aws_account_alternate_contact":                      `(\d{12}/)?(BILLING|OPERATIONS|SECURITY)`,
	"aws_ebs_encryption_by_default":                      `default`,
	"aws_guardduty_detector":                             `[0-9a-f]{32}`,
	"aws_guardduty_organization_admin_account":           `\d{12}`,
	"aws_guardduty_organization_configuration":           `[0-9a-f]{32}`,
	"aws_iam_account_password_policy":                    `iam-account-password-policy`,
	"aws_s3_account_public_access_block":                 `\d{12}`,
	"aws_cloudwatch_metric_alarm":                        `[\w-]+`,
	"aws_sns_topic":                                      `arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]+`,
	"aws_sns_topic_subscription":                         `arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]+:[0-9a-f-]{36}`,
	"aws_cloudwatch_log_group":                           `[\w./-]+`,
	"aws_lambda_function":                                `[\w-]+`,
	"aws_lambda_function_event_invoke_config":            `[\w-]+`,
	"aws_lambda_permission":                              `[\w-]+/[\w-]+`,
	"aws_sqs_queue":                                      `https://sqs\.[a-z0-9-]+\.amazonaws\.com/\d{12}/[\w-]+`,
	"aws_default_security_group":                         `sg-[0-9a-f]{17}`,
	"aws_eip":                                            `eipalloc-[0-9a-f]{17}`,
	"aws_internet_gateway":                               `igw-[0-9a-f]{17}`,
	"aws_nat_gateway":                                    `nat-[0-9a-f]{17}`,
	"aws_route_table":                                    `rtb-[0-9a-f]{17}`,
	"aws_route_table_association":                        `subnet-[0-9a-f]{17}/rtb-[0-9a-f]{17}`,
	"aws_subnet":                                         `subnet-[0-9a-f]{17}`,
	"aws_vpc":                                            `vpc-[0-9a-f]{17}`,
	"aws_vpc_endpoint":                                   `vpce-[0-9a-f]{17}`,
	"aws_cloudtrail":                                     `arn:aws:cloudtrail:[a-z0-9-]+:\d{12}:trail/[\w-]+`,
	"aws_iam_role":                                       `[\w+=,.@-]+`,
	"aws_iam_role_policy":                                `[\w+=,.@-]+:[\w+=,.@-]+`,
	"aws_s3_bucket":                                      bucketName,
	"aws_s3_bucket_lifecycle_configuration":              bucketName,
	"aws_s3_bucket_notification":                         bucketName,
	"aws_s3_bucket_object_lock_configuration":            bucketName,
	"aws_s3_bucket_ownership_controls":                   bucketName,
	"aws_s3_bucket_policy":                               bucketName,
	"aws_s3_bucket_public_access_block":                  bucketName,
	"aws_s3_bucket_replication_configuration":            bucketName,
	"aws_s3_bucket_server_side_encryption_configuration": bucketName,
	"aws_s3_bucket_versioning":                           bucketName,
}

const (
	bucketName       = `[a-z0-9][a-z0-9.-]{2,62}`
	instanceARN      = `arn:aws:sso:::instance/ssoins-[0-9a-z]{16}`
	permissionSetARN = `arn:aws:sso:::permissionSet/ssoins-[0-9a-z]{16}/ps-[0-9a-z]{16}`
)

// TestExportFitsTheProvider checks each argument and each import id of an export against the provider's.
func TestExportFitsTheProvider(t *testing.T) {
	t.Parallel()
	known := schema(t)
	for _, scenario := range []string{"fresh", "messy", "adopted", "everything"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			var dir string
			if scenario == "everything" {
				dir, _ = exportedWith(t, "", wantsAll)
			} else {
				dir, _ = exported(t, scenario)
			}
			resources, imports := map[string]bool{}, map[string]string{}
			for path, text := range files(t, dir) {
				if filepath.Ext(path) != ".tf" {
					continue
				}
				f, diags := hclsyntax.ParseConfig([]byte(text), path, hcl.InitialPos)
				if diags.HasErrors() {
					t.Fatal(diags)
				}
				for _, b := range f.Body.(*hclsyntax.Body).Blocks {
					switch b.Type {
					case "resource":
						kind, ok := known[b.Labels[0]]
						if !ok {
							t.Errorf("the provider has no %s", b.Labels[0])
						}
						fits(t, b.Labels[0]+"."+b.Labels[1], b.Body, kind, true)
						resources[b.Labels[0]+"."+b.Labels[1]] = true
					case "import":
						to := hclsyntaxText(b.Body.Attributes["to"].Expr, text)
						id, diags := b.Body.Attributes["id"].Expr.Value(nil)
						if diags.HasErrors() {
							t.Fatal(diags)
						}
						imports[to] = id.AsString()
					}
				}
			}
			if len(resources) < 25 {
				t.Errorf("only %d resources", len(resources))
			}
			for address := range resources {
				kind, _, _ := strings.Cut(address, ".")
				form, ok := importIDs[kind]
				if !ok || !regexp.MustCompile(`^(`+form+`)(@[a-z0-9-]+)?$`).MatchString(imports[address]) {
					t.Errorf("%s has the import id %q, want %s", address, imports[address], form)
				}
			}
			for address := range imports {
				if !resources[address] {
					t.Errorf("an import for %s, which is no resource", address)
				}
			}
		})
	}
}

func hclsyntaxText(e hclsyntax.Expression, text string) string {
	return string(e.Range().SliceBytes([]byte(text)))
}

// fits checks a block's arguments and blocks: each one known, each required one there.
func fits(t *testing.T, at string, body *hclsyntax.Body, kind map[string]argument, top bool) {
	t.Helper()
	there := map[string]bool{}
	for name := range body.Attributes {
		there[name] = true
		if _, ok := kind[name]; !ok && (!top || name != "provider") {
			t.Errorf("%s: the provider has no argument %s", at, name)
		}
	}
	for _, b := range body.Blocks {
		there[b.Type] = true
		if top && b.Type == "lifecycle" {
			if stays := b.Body.Attributes["ignore_changes"]; stays != nil {
				for _, name := range stays.Expr.Variables() {
					if _, ok := kind[name.RootName()]; !ok {
						t.Errorf("%s: the provider has no argument %s to ignore", at, name.RootName())
					}
				}
			}
			continue
		}
		inner, ok := kind[b.Type]
		if !ok {
			t.Errorf("%s: the provider has no block %s", at, b.Type)
			continue
		}
		fits(t, at+"."+b.Type, b.Body, inner.Block, false)
	}
	for name, a := range kind {
		if a.Required && !there[name] {
			t.Errorf("%s: %s is required", at, name)
		}
	}
}

// TestExportOfAFreshSetUp shows the whole project.
func TestExportOfAFreshSetUp(t *testing.T) {
	t.Parallel()
	dir, said := exported(t, "")
	all := files(t, dir)
	var text strings.Builder
	for _, path := range slices.Sorted(maps.Keys(all)) {
		name, _ := filepath.Rel(dir, path)
		name = filepath.ToSlash(name)
		// Import ids are checked by their form, in disks.tf one Region is like the other, and the function's code is tried by itself.
		if name == "imports.tf" || name == "disks.tf" || strings.HasPrefix(name, "policies/") || strings.HasPrefix(name, "functions/") {
			continue
		}
		text.WriteString("==== " + name + "\n" + all[path] + "\n")
	}
	text.WriteString("==== said\n" + strings.ReplaceAll(said, dir, "DIR"))
	golden.RequireEqual(t, unchanging(text.String()))
}

// TestExportOfEverything: whatever a step makes is exported or named, and the secret is in none of it.
func TestExportOfEverything(t *testing.T) {
	t.Parallel()
	dir, said := exportedWith(t, "", wantsAll)
	text := said
	for path, content := range files(t, dir) {
		if name := filepath.Base(path); strings.Contains(content, "exportedwebhook") {
			t.Errorf("%s holds the secret", name)
		} else if name != "imports.tf" {
			text += content
		}
	}
	for _, want := range []string{
		`"aws_lambda_function" "org_alerts"`, `"aws_lambda_permission" "trail_archive"`, `"aws_lambda_function_event_invoke_config" "org_alerts"`,
		`"aws_sqs_queue" "org_alerts_undelivered"`, `"aws_cloudwatch_log_group" "org_alerts"`, `filename      = "${path.module}/functions/org-alerts.zip"`,
		`the parameter /wizard/slack-webhook: it holds the secret address`,
		"- the tags of `aws_ce_anomaly_monitor`, ", "ignore_changes = [filename, source_code_hash, tags]",
		`"aws_budgets_budget" "wizard_monthly_production"`, `"LINKED_ACCOUNT"`,
		`"arn:aws:s3:::acme-customers/"`,
		`"aws_guardduty_organization_admin_account" "eu_west_1"`, `"aws_guardduty_organization_configuration" "us_east_1"`, `"aws_guardduty_detector" "security_eu_west_1"`,
		`"aws_account_alternate_contact" "production_security"`, `"aws_accessanalyzer_analyzer" "security_eu_west_1"`,
		`"aws_cloudwatch_metric_alarm" "org_alerts_heartbeat"`, `"aws_sns_topic" "org_alerts_heartbeat"`, `alarm_actions       = [aws_sns_topic.org_alerts_heartbeat.arn]`,
		`"aws_sns_topic" "wizard_cost_anomalies"`,
		`"aws_vpc" "production_eu_west_1"`, `"aws_internet_gateway" "production_eu_west_1"`, `"aws_nat_gateway" "production_eu_west_1_nat_1"`, `"aws_eip" "production_eu_west_1_address_1"`,
		`"aws_vpc_endpoint" "production_eu_west_1_s3"`, `"aws_default_security_group" "production_eu_west_1"`,
		`nat_gateway_id = aws_nat_gateway.production_eu_west_1_nat_1.id`, `gateway_id = aws_internet_gateway.production_eu_west_1.id`,
		`"aws_ebs_encryption_by_default" "development_ap_southeast_2"`, `"aws_s3_account_public_access_block" "production"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the export lacks %s", want)
		}
	}
}

// unchanging puts words in the place of the ids a sandbox draws.
func unchanging(text string) string {
	for _, id := range []struct{ form, word string }{
		{`\b\d{12}\b`, "ACCOUNT"}, {`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`, "TIME"}, {`_\d{12}_`, "_ACCOUNT_"}, {`ssoins-[0-9a-z]{16}`, "INSTANCE"}, {`d-[0-9a-f]{10}\b`, "STORE"}, {`\bo-[a-z0-9]{10}\b`, "ORGANIZATION"},
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
	} {
		text = regexp.MustCompile(id.form).ReplaceAllString(text, id.word)
	}
	return text
}

// TestExportRefusesAFolderOfOthers: nothing of the founder's is overwritten, and an earlier export is.
func TestExportRefusesAFolderOfOthers(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	dir := filepath.Join(tr.dir, "mine")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tr.write(filepath.Join(dir, "main.tf"), "# mine\n")
	tr.must(exitUsage, "export", "terraform", "--out", dir)
	if tr.read(filepath.Join(dir, "main.tf")) != "# mine\n" {
		t.Error("a file of the founder's was changed")
	}
	tr.must(exitUsage, "export", "terraform")
	tr.must(exitUsage, "export")
	again := filepath.Join(tr.dir, "again")
	tr.must(exitDone, "export", "terraform", "--out", again)
	tr.must(exitDone, "export", "terraform", "--out", again)
}

// TestExportIsFormatted has terraform itself judge the files' form, where it is installed.
func TestExportIsFormatted(t *testing.T) {
	t.Parallel()
	terraform := terraformOf(t)
	dir, _ := exported(t, "")
	if out, err := exec.Command(terraform, "fmt", "-check", "-diff", dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// terraformOf finds terraform, or skips the test unless WIZARD_REQUIRE_TERRAFORM says it must run.
func terraformOf(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("terraform")
	if err != nil {
		if os.Getenv("WIZARD_REQUIRE_TERRAFORM") != "" {
			t.Fatal(err)
		}
		t.Skip("needs terraform on the PATH")
	}
	return path
}
