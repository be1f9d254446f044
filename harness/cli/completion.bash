# Completion of dyno's command line for bash. Workloads and contenders come from `dyno list --json` of the program that
# is being completed, and are asked for once a shell.
# shellcheck shell=bash

_dyno_json()
{
    [[ -n ${_dyno_known-} ]] || _dyno_known=$("$1" list --json 2>/dev/null)
    printf '%s\n' "$_dyno_known"
}

# Values of a string field anywhere in the list.
_dyno_field()
{
    _dyno_json "$1" | sed -n "s/^[[:space:]]*\"$2\":[[:space:]]*\"\([^\"]*\)\".*/\1/p" | sort -u
}

_dyno_suites()
{
    _dyno_json "$1" | sed -n '/"suites":/,/\]/s/.*"name":[[:space:]]*"\([^"]*\)".*/\1/p'
}

_dyno()
{
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]-} words=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        words='list run plot doctor demo help --version --help'
    else
        case $previous in
            --out | -o | --workers) compopt -o dirnames && return ;;
            --pin) words='compact scatter core none' ;;
            --format) words='svg png svg,png' ;;
            --budget | --time | --processes | --samples | --seed | --chars) return ;;
            -p | --param)
                compopt -o nospace
                words=$(_dyno_json "$program" | sed -n '/"params":/,/\]/s/.*"name":[[:space:]]*"\([^"]*\)".*/\1=/p' | sort -u)
                words+=' contender= threads= pin= time= warmup= samples= time_limit= processes= budget= seed='
                ;;
            *)
                case $command in
                    run)
                        words='-p --budget --processes --samples --time --seed --pin --out --resume --quiet
                            --all-metrics --dry-run --workers --help'
                        [[ $current == -* ]] ||
                            words="$(_dyno_suites "$program") $(_dyno_field "$program" workload)"
                        [[ $current == -* ]] || compopt -o default
                        ;;
                    list) words='workloads contenders suites --json --workers --help' ;;
                    plot)
                        words='--format --out --help'
                        [[ $current == -* ]] || compopt -o dirnames
                        ;;
                    doctor) words='--json --help' ;;
                    demo)
                        words='fifo --chars --help'
                        ((COMP_CWORD > 2)) && compopt -o default
                        ;;
                    help) words='list run plot doctor demo' ;;
                esac
                ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _dyno dyno
