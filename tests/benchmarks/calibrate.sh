#!/usr/bin/env bash
# The weekly calibration as one would write it by hand, to measure calibration-bot against: the same
# reads, the same commit, the same push, the same pull request, for one week and fresh tallies only.
#
#   cd CLONE && GITHUB_TOKEN=… GITHUB_API_URL=… GITHUB_SERVER_URL=… GITHUB_REPOSITORY=… calibrate.sh 2025-W49
#
# Without GITHUB_TOKEN it ends with the push, as `run --forge local` does.
set -euo pipefail

week=$1
branch=calibration/weekly
table=config/overrides.toml
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

export GIT_TERMINAL_PROMPT=0
sign_in() { # The token reaches git and curl through the environment and a file, never a command line.
  basic=$(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 -w0)
  export GIT_CONFIG_COUNT=1
  export GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader"
  export GIT_CONFIG_VALUE_0="Authorization: basic $basic"
  printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN" > "$scratch/curl"
}
[[ -z ${GITHUB_TOKEN-} ]] || sign_in
api() { # METHOD PATH [JSON]
  curl --silent --show-error --fail --config "$scratch/curl" --request "$1" \
    --header 'Content-Type: application/json' ${3:+--data "$3"} \
    "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY$2"
}

# Base, as the remote has it now.
remote=$(git ls-remote --symref origin HEAD 'refs/heads/*')
base=$(sed -n 's/^\([0-9a-f]\{40\}\)\tHEAD$/\1/p' <<< "$remote")
name=$(sed -n 's/^ref: refs\/heads\/\(.*\)\tHEAD$/\1/p' <<< "$remote")
lease=$(sed -n "s|^\([0-9a-f]*\)\trefs/heads/$branch\$|\1|p" <<< "$remote")
git cat-file -e "$base" 2> "$scratch/missing" || git fetch --quiet origin "$base"

# Logs → evidence: SDs and SDs with rework of each cell.
logs() { git ls-tree -r --name-only "$base" ".calibration/logs/$week/" | grep "/$1[^/]*\.jsonl\$"; }
for kind in tokens rework; do
  logs "$kind" | while read -r file; do git cat-file blob "$base:$file"; done > "$scratch/$kind"
done
jq --raw-output --slurp '
  group_by([.phase, .agent])[]
  | {phase: .[0].phase, agent: .[0].agent,
     n: (map(.sd) | unique | length), k: (map(select(.rework == true).sd) | unique | length)}
  | select(.k * 100 - .n * 20 >= 200)
  | "\(.phase) \(.agent) \(.k) \(.n)"
' "$scratch/tokens" "$scratch/rework" > "$scratch/promotions"

# Evidence → the edit: one rung up, comments kept.
git cat-file blob "$base:$table" > "$scratch/table"
: > "$scratch/body"
while read -r phase agent k n; do
  case $phase/$agent in */SECURITY | PLAN/VALIDATION | EXEC/VALIDATION) continue ;; esac
  old=$(sed -n "/^\[$phase\]/,/^\[/s/^$agent = \"\([a-z]*\)\".*/\1/p" "$scratch/table")
  case $old in haiku) new=sonnet ;; sonnet) new=opus ;; *) continue ;; esac
  sed -i "/^\[$phase\]/,/^\[/s/^\($agent = \)\"$old\"/\1\"$new\"/" "$scratch/table"
  subject="calibration: ${agent,,}-agent ${phase,,} upgraded to $new"
  echo "$phase/$agent: $old → $new ($k of $n SDs needed rework)" >> "$scratch/body"
done < "$scratch/promotions"
[[ -s $scratch/body ]] || { echo "nothing to propose"; exit 0; }

# What there is already.
if [[ -n ${GITHUB_TOKEN-} ]]; then
  api GET "/pulls?state=all&sort=updated&direction=desc&per_page=100" > "$scratch/pulls"
  number=$(jq --arg branch "$branch" 'map(select(.state == "open" and .head.ref == $branch))[0].number // empty' "$scratch/pulls")
fi

# The commit, without touching work tree or index; then the push and the pull request.
export GIT_INDEX_FILE=$scratch/index
export GIT_AUTHOR_NAME=calibration-bot GIT_AUTHOR_EMAIL=bot@example.com
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
blob=$(git hash-object -w --stdin < "$scratch/table")
git read-tree "$base"
git update-index --cacheinfo "100644,$blob,$table"
tree=$(git write-tree)
commit=$(git commit-tree "$tree" -p "$base" <<< "$subject")
git push --quiet --force-with-lease="refs/heads/$branch:$lease" origin "$commit:refs/heads/$branch"
[[ -n ${GITHUB_TOKEN-} ]] || exit 0
said=$(jq --null-input --arg title "$subject" --rawfile body "$scratch/body" \
  --arg head "$branch" --arg base "$name" '{$title, $body, $head, $base}')
if [[ -n $number ]]; then
  api PATCH "/pulls/$number" "$said" > "$scratch/pull"
else
  api POST /pulls "$said" > "$scratch/pull"
  number=$(jq .number "$scratch/pull")
  api POST "/issues/$number/labels" '{"labels": ["calibration"]}' > "$scratch/labels"
  api POST "/pulls/$number/requested_reviewers" '{"reviewers": ["reviewer"]}' > "$scratch/reviewers"
fi
jq --raw-output .html_url "$scratch/pull"
