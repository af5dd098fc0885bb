package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"awswizard/internal/answers"
	"awswizard/internal/order"
	"awswizard/internal/pattern"
)

const accountService = "account.amazonaws.com"

func (s *Sim) registerAccount() {
	on(s, getAlternateContact)
	on(s, putAlternateContact)
	on(s, deleteAlternateContact)
	on(s, getContactInformation)
	on(s, getAccountInformation)
	on(s, getPrimaryEmail)
	on(s, listRegions)
	on(s, getRegionOptStatus)
}

// accountAsked gives the account a request of the Account service is about. The management account names its members,
// and must leave its own id out.
func (r *Request) accountAsked(id *string) (string, error) {
	w, me := r.World, r.Principal.Account
	if id == nil {
		return me, nil
	}
	denied := func(why string) error {
		return FailWith(http.StatusForbidden, "AccessDeniedException",
			fmt.Sprintf("User: %s is not authorized to perform: account:%s (%s)", r.Principal.ARN, r.Operation, why))
	}
	switch {
	case w.Org.ID == "" || (me != w.Org.Management && !w.delegatedAdmin(me, accountService)):
		return "", denied("The caller is not the management account or a delegated administrator.")
	case me == *id && !w.delegatedAdmin(me, accountService):
		return "", denied("The management account can only be managed using the standalone context from the management account.")
	case !w.trusted(accountService):
		return "", denied("Your organization must first enable trusted access with AWS Account Management.")
	case !w.orgMember(*id):
		return "", denied("The account is not a member of the organization.")
	}
	return *id, nil
}

func accountNotFound(message string) error {
	return &types.ResourceNotFoundException{Message: aws.String(message)}
}

func accountInvalid(message string) error {
	return &types.ValidationException{Message: aws.String(message), Reason: types.ValidationExceptionReasonFieldValidationFailed}
}

func getAlternateContact(r *Request, in *account.GetAlternateContactInput) (*account.GetAlternateContactOutput, error) {
	id, err := r.accountAsked(in.AccountId)
	if err != nil {
		return nil, err
	}
	c, ok := r.World.iam(id).Contacts[string(in.AlternateContactType)]
	if !ok {
		return nil, accountNotFound("No contact of the inputted alternate contact type found.")
	}
	return &account.GetAlternateContactOutput{AlternateContact: &types.AlternateContact{AlternateContactType: in.AlternateContactType,
		Name: aws.String(c.Name), Title: aws.String(c.Title), EmailAddress: aws.String(c.Email), PhoneNumber: aws.String(c.Phone)}}, nil
}

var (
	contactEmail = pattern.Of(`^\s*[\w+=.#|!&-]+@[\w.-]+\.\w+\s*$`)
	contactPhone = pattern.Of(`^[\s0-9()+-]{1,25}$`)
)

func putAlternateContact(r *Request, in *account.PutAlternateContactInput) (*account.PutAlternateContactOutput, error) {
	id, err := r.accountAsked(in.AccountId)
	if err != nil {
		return nil, err
	}
	c := contact{Name: aws.ToString(in.Name), Title: aws.ToString(in.Title), Email: aws.ToString(in.EmailAddress), Phone: aws.ToString(in.PhoneNumber)}
	switch {
	case !slices.Contains(in.AlternateContactType.Values(), in.AlternateContactType):
		return nil, accountInvalid("The alternate contact type is not valid.")
	case !contactEmail().MatchString(c.Email) || len(c.Email) > 254 || !contactPhone().MatchString(c.Phone) ||
		c.Name == "" || len(c.Name) > 64 || c.Title == "" || len(c.Title) > 50:
		return nil, accountInvalid("1 validation error detected: a value failed to satisfy its constraint.")
	}
	r.World.writeIAM(id).Contacts[string(in.AlternateContactType)] = c
	return &account.PutAlternateContactOutput{}, nil
}

func deleteAlternateContact(r *Request, in *account.DeleteAlternateContactInput) (*account.DeleteAlternateContactOutput, error) {
	id, err := r.accountAsked(in.AccountId)
	if err != nil {
		return nil, err
	}
	kind := string(in.AlternateContactType)
	if _, ok := r.World.iam(id).Contacts[kind]; !ok {
		return nil, accountNotFound("No contact of the inputted alternate contact type found.")
	}
	delete(r.World.writeIAM(id).Contacts, kind)
	return &account.DeleteAlternateContactOutput{}, nil
}

// getContactInformation gives the contact of the sign-up; members have a copy of the management account's.
func getContactInformation(r *Request, in *account.GetContactInformationInput) (*account.GetContactInformationOutput, error) {
	if _, err := r.accountAsked(in.AccountId); err != nil {
		return nil, err
	}
	return &account.GetContactInformationOutput{ContactInformation: &types.ContactInformation{
		FullName: aws.String("Acme Robotics"), CompanyName: aws.String("Startup"), AddressLine1: aws.String("1 Example Street"), City: aws.String("Dublin"),
		PostalCode: aws.String("D01 0000"), CountryCode: aws.String("IE"), PhoneNumber: aws.String("+353 1 555 0100")}}, nil
}

func getAccountInformation(r *Request, in *account.GetAccountInformationInput) (*account.GetAccountInformationOutput, error) {
	id, err := r.accountAsked(in.AccountId)
	if err != nil {
		return nil, err
	}
	a := r.World.Accounts[id]
	return &account.GetAccountInformationOutput{AccountId: aws.String(id), AccountName: aws.String(a.Name), AccountCreatedDate: aws.Time(a.Created)}, nil
}

// getPrimaryEmail answers about members only.
func getPrimaryEmail(r *Request, in *account.GetPrimaryEmailInput) (*account.GetPrimaryEmailOutput, error) {
	id, err := r.accountAsked(in.AccountId)
	if err != nil {
		return nil, err
	}
	return &account.GetPrimaryEmailOutput{PrimaryEmail: aws.String(r.World.Accounts[id].Email)}, nil
}

// optStatus is how the Region stands for the account, in the Account service's words.
func (w *World) optStatus(id, region string) types.RegionOptStatus {
	switch w.optInStatus(id, region) {
	case noOptIn:
		return types.RegionOptStatusEnabledByDefault
	case optedIn:
		return types.RegionOptStatusEnabled
	}
	return types.RegionOptStatusDisabled
}

func listRegions(r *Request, in *account.ListRegionsInput) (*account.ListRegionsOutput, error) {
	id, err := r.accountAsked(in.AccountId)
	if err != nil {
		return nil, err
	}
	var all []types.Region
	for _, region := range append(answers.Regions(), optInCodes...) {
		if st := r.World.optStatus(id, region); len(in.RegionOptStatusContains) == 0 || slices.Contains(in.RegionOptStatusContains, st) {
			all = append(all, types.Region{RegionName: aws.String(region), RegionOptStatus: st})
		}
	}
	order.By(all, func(a, b types.Region) int { return cmp.Compare(*a.RegionName, *b.RegionName) })
	size, from := 20, 0
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > 50 {
			return nil, accountInvalid("maxResults must be between 1 and 50.")
		}
		size = int(*in.MaxResults)
	}
	if in.NextToken != nil {
		if from, err = strconv.Atoi(*in.NextToken); err != nil || from < 0 || from > len(all) {
			return nil, accountInvalid("The token is not valid.")
		}
	}
	out := &account.ListRegionsOutput{Regions: all[from:min(from+size, len(all))]}
	if from+size < len(all) {
		out.NextToken = aws.String(strconv.Itoa(from + size))
	}
	return out, nil
}

func getRegionOptStatus(r *Request, in *account.GetRegionOptStatusInput) (*account.GetRegionOptStatusOutput, error) {
	id, err := r.accountAsked(in.AccountId)
	if err != nil {
		return nil, err
	}
	region := aws.ToString(in.RegionName)
	if !slices.Contains(answers.Regions(), region) && !slices.Contains(optInCodes, region) {
		return nil, accountInvalid("The Region is not valid.")
	}
	return &account.GetRegionOptStatusOutput{RegionName: in.RegionName, RegionOptStatus: r.World.optStatus(id, region)}, nil
}
