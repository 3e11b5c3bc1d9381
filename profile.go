package usher

import "context"

// Profile is what GET /users/{login} shows: a person, or an organization.
type Profile struct {
	User         *User
	Organization *Account
	Edition      Edition
}

// Profile finds the person with this login, else the organization.
func (s *Service) Profile(ctx context.Context, login string) (Profile, error) {
	var profile Profile
	err := s.store.View(ctx, func(tx Reader) error {
		user, ok, err := tx.User(login)
		if err != nil {
			return err
		}
		if ok {
			profile = Profile{User: &user, Edition: user.Edition()}
			return nil
		}
		profile, err = organizationProfile(tx, AccountName{Kind: Organization, Login: login})
		return err
	})
	return profile, err
}

// OrganizationProfile finds the organization with this login, or with this id where name
// has no login (GET /orgs/{org}).
func (s *Service) OrganizationProfile(ctx context.Context, name AccountName) (Profile, error) {
	name.Kind = Organization
	var profile Profile
	err := s.store.View(ctx, func(tx Reader) (err error) {
		profile, err = organizationProfile(tx, name)
		return err
	})
	return profile, err
}

func organizationProfile(tx Reader, name AccountName) (Profile, error) {
	account, ok, err := tx.Account(name)
	if err != nil {
		return Profile{}, err
	}
	if !ok {
		return Profile{}, notFound()
	}
	return Profile{Organization: &account, Edition: Edition{1, account.Ref.ID, account.Version}}, nil
}

// EnterpriseOrganizations are an enterprise's organizations, by id.
func (s *Service) EnterpriseOrganizations(ctx context.Context, enterprise AccountRef) ([]Account, error) {
	var organizations []Account
	err := s.store.View(ctx, func(tx Reader) (err error) {
		organizations, err = tx.Organizations(enterprise.ID)
		return err
	})
	return organizations, err
}
