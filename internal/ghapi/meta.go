package ghapi

// root is the list of where GitHub's things are, in recorded order: most of them are
// nothing that usher has. Two are gone from version 2026-03-10 on.
func (q *Request) root() error {
	return q.Show(nil, func() []byte {
		b := []byte(`{`)
		for _, link := range rootLinks {
			if link.retired && q.version != defaultVersion {
				continue
			}
			if len(b) > 1 {
				b = append(b, ',')
			}
			address := q.base.api
			if link.web {
				address = q.base.web
			}
			b = appendString(append(appendString(b, link.key), ':'), address+link.path)
		}
		return append(b, '}')
	})
}

// rootLink is one entry of the root.
type rootLink struct {
	key, path string
	web       bool // a page for people
	retired   bool // not in version 2026-03-10
}

// Source: the example of meta/root in GitHub's description; order recorded 2022-07-19.
var rootLinks = []rootLink{
	{key: "current_user_url", path: "/user"},
	{key: "current_user_authorizations_html_url", path: "/settings/connections/applications{/client_id}", web: true},
	{key: "authorizations_url", path: "/authorizations", retired: true},
	{key: "code_search_url", path: "/search/code?q={query}{&page,per_page,sort,order}"},
	{key: "commit_search_url", path: "/search/commits?q={query}{&page,per_page,sort,order}"},
	{key: "emails_url", path: "/user/emails"},
	{key: "emojis_url", path: "/emojis"},
	{key: "events_url", path: "/events"},
	{key: "feeds_url", path: "/feeds"},
	{key: "followers_url", path: "/user/followers"},
	{key: "following_url", path: "/user/following{/target}"},
	{key: "gists_url", path: "/gists{/gist_id}"},
	{key: "hub_url", path: "/hub", retired: true},
	{key: "issue_search_url", path: "/search/issues?q={query}{&page,per_page,sort,order}"},
	{key: "issues_url", path: "/issues"},
	{key: "keys_url", path: "/user/keys"},
	{key: "label_search_url", path: "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"},
	{key: "notifications_url", path: "/notifications"},
	{key: "organization_url", path: "/orgs/{org}"},
	{key: "organization_repositories_url", path: "/orgs/{org}/repos{?type,page,per_page,sort}"},
	{key: "organization_teams_url", path: "/orgs/{org}/teams"},
	{key: "public_gists_url", path: "/gists/public"},
	{key: "rate_limit_url", path: "/rate_limit"},
	{key: "repository_url", path: "/repos/{owner}/{repo}"},
	{key: "repository_search_url", path: "/search/repositories?q={query}{&page,per_page,sort,order}"},
	{key: "current_user_repositories_url", path: "/user/repos{?type,page,per_page,sort}"},
	{key: "starred_url", path: "/user/starred{/owner}{/repo}"},
	{key: "starred_gists_url", path: "/gists/starred"},
	{key: "topic_search_url", path: "/search/topics?q={query}{&page,per_page}"},
	{key: "user_url", path: "/users/{user}"},
	{key: "user_organizations_url", path: "/user/orgs"},
	{key: "user_repositories_url", path: "/users/{user}/repos{?type,page,per_page,sort}"},
	{key: "user_search_url", path: "/search/users?q={query}{&page,per_page,sort,order}"},
}

// meta is what GitHub tells of its machines. All but the first entry are addresses and
// keys that usher does not have; nobody logs in here with a password.
func (q *Request) meta() error {
	return q.Show(nil, func() []byte { return []byte(`{"verifiable_password_authentication":false}`) })
}

// versions are the API versions, the newest first (order recorded in the text of the
// refusal of others).
func (q *Request) versions() error {
	return q.Show(nil, func() []byte { return []byte(`["` + newestVersion + `","` + defaultVersion + `"]`) })
}

// zen is one sentence. GitHub has its own.
func (q *Request) zen() error {
	return q.show("text/plain;charset=utf-8", nil, func() []byte { return []byte("Anything worth asking for is worth giving back.") })
}
