/* SPDX-License-Identifier: Apache-2.0 */
#include "store/risk_owners.h"

#include "store/acceptance.h"

bool risk_repositories_read(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct owner_filter *owners, struct risk_repositories *repositories, struct error *err)
{
    AUTO_ROWS rows = {0};
    *repositories = (struct risk_repositories){.is_everything = !owners->is_set};
    if (repositories->is_everything)
        return true;
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT integrations.name, host, repositories.name, coalesce(team_id, 0) FROM repositories "
            "JOIN integrations ON integrations.id = integration_id WHERE organization_id = $1",
            SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        struct risk_repository *repository = ARENA_PUSH(arena, repositories);
        repository->place = acceptance_place(arena, rows_copy(&rows, arena, 0), rows_view(&rows, 1),
            rows_copy(&rows, arena, 2), view_text(""), transaction->now_ms);
        repository->is_owned = owner_filter_has(owners, rows_integer(&rows, 3));
    }
    return rows_finish(&rows, err);
}

enum risk_reach risk_reach_of(const struct risk_repositories *repositories, const struct accepted_risk *risk)
{
    bool has_owned = false;
    bool has_other = !accepted_risk_names_repository(risk); /* it covers what is still to come as well */
    if (repositories->is_everything)
        return RISK_OWN;
    for (size_t i = 0; i < repositories->count && !(has_owned && has_other); i++) {
        const struct risk_repository *repository = &repositories->items[i];
        bool is_about = accepted_risk_is_of_repository(risk, &repository->place);
        has_owned |= is_about && repository->is_owned;
        has_other |= is_about && !repository->is_owned;
    }
    return !has_owned ? RISK_ELSEWHERE : has_other ? RISK_SHARED : RISK_OWN;
}

bool store_reach_of_risk(struct store *store, int64_t organization, const struct accepted_risk *risk,
    const struct owner_filter *owners, enum risk_reach *reach, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    struct risk_repositories repositories = {.count = 0};
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, risk_repositories_read(&transaction, arena, organization, owners, &repositories, err), err))
        return false;
    *reach = risk_reach_of(&repositories, risk);
    return true;
}
